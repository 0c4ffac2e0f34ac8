/**
 * docs/performance.md: people write it, but for what stands between two markers, one pair a benchmark, which is made from its result. A
 * result that has no place yet gets one at the end. Pure.
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
    const block = blockOf(result);
    const found = new RegExp(`${begin(result.name)}[^]*?${end(result.name)}`);
    filled = found.test(filled)
      ? filled.replace(found, () => block)
      : `${filled.trimEnd()}\n\n## ${result.name}\n\n${block}\n`;
  }
  return { text: filled, plots };
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
