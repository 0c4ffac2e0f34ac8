/** Whether a command has printed what a text shows. `…` stands for what differs from run to run. Pure. */
import type { Output } from './steps.ts';

export function isAsShown(shown: Output, printed: string): boolean {
  if (shown.language === 'text') return isTextAsShown(shown.text, printed);
  const found = parsed(printed);
  return found !== undefined && isJsonAsShown(JSON.parse(shown.text), found);
}

/** A line of `…` alone stands for any lines, also none. */
function isTextAsShown(shown: string, printed: string): boolean {
  const lines = shown.trim().split('\n');
  const pattern = lines.map((line) => (line === '…' ? '(?:.*\n)*?' : `${patternOf(line)}\n`)).join('');
  return new RegExp(`^${pattern}$`).test(`${printed.trim()}\n`);
}

/** An entry `"…"` stands for any others of its object. */
function isJsonAsShown(shown: unknown, found: unknown): boolean {
  if (typeof shown === 'string')
    return typeof found === 'string' && new RegExp(`^${patternOf(shown)}$`).test(found);
  if (typeof shown !== 'object' || shown === null) return shown === found;
  if (typeof found !== 'object' || found === null || Array.isArray(shown) !== Array.isArray(found))
    return false;
  const wanted = Object.entries(shown).filter(([name]) => name !== '…');
  const others = Object.keys(found).length - wanted.length;
  return (
    ('…' in shown ? others >= 0 : others === 0) &&
    wanted.every(
      ([name, value]) => name in found && isJsonAsShown(value, (found as Record<string, unknown>)[name]),
    )
  );
}

function patternOf(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // it is none, and so not as shown
  }
}
