/**
 * docs/performance.md: people write it, but for what stands between two markers, one pair a benchmark, which is made from its result. A
 * result that has no place yet gets one in the section of its name, which is made where there is none. Pure.
 */
import type { Result } from './results.ts';
import { toSvg } from './svg.ts';
import { plain, toMarkdown } from './table.ts';

export const PLOTS_FOLDER = 'performance';

export interface Report {
  readonly text: string;
  /** Name in docs/performance/ → content. */
  readonly plots: ReadonlyMap<string, string>;
}

export function fillReport(text: string, results: readonly Result[]): Report {
  const plots = new Map<string, string>();
  let filled = text;
  for (const result of results) {
    result.plots.forEach((plot, at) => plots.set(plotName(result, at), toSvg(plot)));
    filled = place(filled, result.name, blockOf(result));
  }
  return { text: filled, plots };
}

/** Where it stood before, else at the end of the section of that name, else in a new section. */
function place(text: string, name: string, block: string): string {
  const before = new RegExp(`${begin(name)}[^]*?${end(name)}`);
  if (before.test(text)) return text.replace(before, () => block);
  const section = new RegExp(`^## ${name}\n[^]*?(?=^## |$(?![^]))`, 'm');
  if (section.test(text))
    return text
      .replace(section, (found) => `${found.trimEnd()}\n\n${block}\n\n`)
      .trimEnd()
      .concat('\n');
  return `${text.trimEnd()}\n\n## ${name}\n\n${block}\n`;
}

function blockOf(result: Result): string {
  const { name, about, figures, plots, settings, date, commit, machine } = result;
  const how = Object.entries(settings).map(
    ([key, value]) => `${key} ${typeof value === 'number' ? plain(value) : value}`,
  );
  return [
    begin(name),
    '<!-- prettier-ignore-start -->',
    `*${about}: ${date.slice(0, 10)}, commit ${commit}, ${machine.cpus} × ${machine.model}, ${machine.memoryGiB} GiB, ${machine.os}, Node ${machine.node}; load before ${machine.loadBefore}. ${how.join(', ')}.*`,
    '',
    toMarkdown(figures),
    ...plots.flatMap(({ title }, at) => ['', `![${title}](${PLOTS_FOLDER}/${plotName(result, at)})`]),
    '<!-- prettier-ignore-end -->',
    end(name),
  ].join('\n');
}

function plotName({ name }: Result, at: number): string {
  return `${name}-${at + 1}.svg`;
}

function begin(name: string): string {
  return `<!-- ${name}: written by npm run bench:report -->`;
}

function end(name: string): string {
  return `<!-- /${name} -->`;
}
