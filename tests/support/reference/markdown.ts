/** Pieces of Markdown that the pages of docs/reference/ are made of. Pure. */
import { format, resolveConfig } from 'prettier';

/** A table; cells may hold Markdown. Empty when there are no rows. */
export function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.map(toCell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}

function toCell(text: string): string {
  return plain(text)
    .replaceAll('|', '\\|')
    .replaceAll(/\s*\n\s*/g, ' ');
}

/** What stands in angle brackets outside of code would be taken for a tag. */
export function plain(text: string): string {
  const parts = text.split(/(`[^`]*`)/);
  return parts.map((part, at) => (at % 2 === 0 ? part.replaceAll('<', '&lt;') : part)).join('');
}

/** As a sentence of its own would begin. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function code(text: string): string {
  return `\`${text}\``;
}

export function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\`\n`;
}

/** Pages of docs/ that a text of the code names, as links from docs/reference/. */
export function linked(text: string): string {
  return text.replaceAll(/docs\/([\w-]+)\.md(#[\w-]+)?/g, (_all, name: string, anchor = '') => {
    return `[${name}](../${name}.md${anchor})`;
  });
}

/** As `npm run format` leaves it. */
export async function page(parts: readonly string[]): Promise<string> {
  const style = await resolveConfig(new URL('markdown.ts', import.meta.url), { editorconfig: false });
  return format(parts.filter((part) => part !== '').join('\n\n'), { ...style, parser: 'markdown' });
}
