/**
 * A tutorial's text as steps that can be followed: fenced blocks, each with what it is. A block whose line before names a file is that file, or a
 * change of it (`diff`); `sh` is run; `text` and `json` are what the `sh` before prints. Anything else is refused, so that no block goes unfollowed.
 * Pure.
 */
export type Step =
  | { readonly kind: 'write'; readonly line: number; readonly file: string; readonly text: string }
  | { readonly kind: 'change'; readonly line: number; readonly file: string; readonly diff: string }
  | { readonly kind: 'run'; readonly line: number; readonly script: string; readonly prints: Output | null }
  /** The reader is told to press Ctrl-C where the system runs. */
  | { readonly kind: 'interrupt'; readonly line: number };

export interface Output {
  readonly language: 'text' | 'json';
  readonly text: string;
}

const FILE = /`([\w./-]+\.\w+)`:$/;
const FILE_LANGUAGES: ReadonlySet<string> = new Set(['ts', 'js', 'sql', 'json']);

export function stepsOf(markdown: string): readonly Step[] {
  const steps: Step[] = [];
  const lines = markdown.split('\n');
  let before = '';
  for (let at = 0; at < lines.length; at++) {
    const text = lines[at] ?? '';
    const line = at + 1;
    const [, language] = /^```(\S*)$/.exec(text) ?? [];
    if (language === undefined) {
      if (text.startsWith('```')) throw new Error(`line ${line}: a fence with more than a language`);
      if (/^Press Ctrl-C|[.:;] Press Ctrl-C/.test(text)) steps.push({ kind: 'interrupt', line });
      if (text.trim() !== '') before = text;
      continue;
    }
    const end = lines.indexOf('```', at + 1);
    if (end < 0) throw new Error(`line ${line}: a block that does not end`);
    add(steps, line, language, lines.slice(at + 1, end).join('\n'), FILE.exec(before)?.[1]);
    before = '';
    at = end;
  }
  return steps;
}

function add(steps: Step[], line: number, language: string, text: string, file: string | undefined): void {
  const last = steps.at(-1);
  if (file !== undefined && FILE_LANGUAGES.has(language)) {
    steps.push({ kind: 'write', line, file, text: `${text}\n` });
  } else if (file !== undefined && language === 'diff') {
    steps.push({ kind: 'change', line, file, diff: text });
  } else if (file === undefined && language === 'sh') {
    steps.push({ kind: 'run', line, script: text, prints: null });
  } else if (file === undefined && (language === 'text' || language === 'json')) {
    if (last?.kind !== 'run' || last.prints !== null)
      throw new Error(`line ${line}: an output that follows no command`);
    steps.splice(-1, 1, { ...last, prints: { language, text } });
  } else {
    throw new Error(`line ${line}: nobody knows what to do with this block of "${language}"`);
  }
}

/** `text` with the lines of `diff` changed. @throws Error where they are not in it exactly once. */
export function changed(text: string, diff: string): string {
  const lines = diff.split('\n');
  const side = (without: string): string =>
    lines
      .filter((line) => !line.startsWith(without))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const old = side('+');
  const parts = text.split(old);
  if (parts.length !== 2) throw new Error(`these lines are there ${parts.length - 1} times:\n${old}`);
  return parts.join(side('-'));
}
