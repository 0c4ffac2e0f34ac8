/** Figures as lines for a person: what, value, the rounds it is the median of, and how it stands to its target. Pure. */
import { isMet } from './outcome.ts';
import type { Figure, Target } from './outcome.ts';

export interface Line {
  readonly what: string;
  readonly value: string;
  readonly rounds: string;
  readonly target: string;
}

export function linesOf(figures: readonly Figure[]): readonly Line[] {
  return figures.map((figure) => ({
    what: figure.what,
    value: withUnit(figure.value, figure.unit),
    rounds: (figure.rounds ?? []).map(plain).join(' · '),
    target: figure.target
      ? `${targetText(figure.target, figure.unit)} ${isMet(figure) ? 'met' : 'missed'}`
      : '',
  }));
}

/** Columns that stand below each other in a terminal. */
export function toText(figures: readonly Figure[]): string {
  const lines = linesOf(figures);
  const width = (of: (line: Line) => string): number => Math.max(0, ...lines.map((line) => of(line).length));
  const what = width((line) => line.what);
  const value = width((line) => line.value);
  const target = width((line) => line.target);
  return lines
    .map((line) =>
      [line.what.padEnd(what), line.value.padStart(value), line.target.padEnd(target), line.rounds]
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `  ${line}\n`)
    .join('');
}

/** The same for a document. */
export function toMarkdown(figures: readonly Figure[]): string {
  const rows = linesOf(figures).map(
    ({ what, value, rounds, target }) => `| ${what} | ${value} | ${target} | ${rounds} |`,
  );
  return ['| | median | target | rounds |', '| --- | ---: | --- | --- |', ...rows].join('\n');
}

function targetText(target: Target, unit: string): string {
  return 'atMost' in target ? `≤ ${withUnit(target.atMost, unit)}` : `≥ ${withUnit(target.atLeast, unit)}`;
}

function withUnit(value: number, unit: string): string {
  return /^[a-zµ]/i.test(unit) ? `${plain(value)} ${unit}` : `${plain(value)}${unit}`;
}

/** 12,345: the same on every machine, whatever its language. */
export function plain(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}
