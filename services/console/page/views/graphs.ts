/** The last 15 minutes of the read model that is looked at. Each graph has its latest values beside it, and as a table. */
import { html } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import { bytes, count, milliseconds, moment, rate, seconds } from '../data/format.ts';
import { windowOf } from '../data/series.ts';
import type { Measure, Series } from '../data/series.ts';
import type { Drawing, LineLook } from './time-graph.ts';
import { tableOf } from './table.ts';

interface Graph {
  readonly id: string;
  readonly title: string;
  readonly lines: ReadonlyArray<
    LineLook & {
      readonly measure: Measure;
      readonly name: string;
      readonly format: (value: number | null) => string;
    }
  >;
}

const GRAPHS: readonly Graph[] = [
  {
    id: 'staleness',
    title: 'Staleness, commit to document',
    lines: [
      { measure: 'p50Ms', name: 'p50', ink: '--line-a', format: milliseconds },
      { measure: 'p99Ms', name: 'p99', ink: '--line-b', dashed: true, format: milliseconds },
    ],
  },
  {
    id: 'events',
    title: 'Events a second',
    lines: [
      { measure: 'writtenPerSecond', name: 'written', ink: '--line-a', format: rate },
      { measure: 'appliedPerSecond', name: 'applied', ink: '--line-b', dashed: true, format: rate },
    ],
  },
  {
    id: 'lag-over-time',
    title: 'Lag',
    lines: [
      { measure: 'lagSeconds', name: 'seconds', ink: '--line-a', format: seconds },
      {
        measure: 'lagEvents',
        name: 'events (right)',
        ink: '--line-b',
        dashed: true,
        right: true,
        format: count,
      },
    ],
  },
  {
    id: 'slot',
    title: 'WAL that the slot keeps',
    lines: [{ measure: 'retainedBytes', name: 'kept', ink: '--line-a', format: bytes }],
  },
];

const ROWS = 10;

export function graphsPanel(projection: string, series: Series | undefined): TemplateResult {
  return html`<section id="graphs" aria-labelledby="graphs-title">
    <h2 id="graphs-title">Last ${spanOf(series)} <span class="of">${projection}</span></h2>
    <div class="graphs">${GRAPHS.map((graph) => graphView(graph, series))}</div>
  </section>`;
}

function spanOf(series: Series | undefined): string {
  const { min, max } = windowOf(series?.at ?? [], 0);
  const minutes = Math.round((max - min) / 60);
  return minutes <= 1 ? 'minute' : `${minutes} minutes`;
}

function graphView({ id, title, lines }: Graph, series: Series | undefined): TemplateResult {
  const at = series?.at ?? [];
  const drawing: Drawing = {
    at,
    lines: lines.map(({ measure }) => series?.lines[measure] ?? []),
    looks: lines,
    format: axisFormat(lines[0]?.measure),
    formatRight: compact,
  };
  const last = at.length - 1;
  return html`<figure
    class="graph"
    data-graph=${id}
    @point=${pointed(lines, series)}
    @pointerleave=${pointed(lines, series)}
  >
    <figcaption>
      <h3>${title}</h3>
      <dl class="legend">
        ${lines.map(
          ({ name, measure, ink, dashed, format }) =>
            html`<div>
              <dt>
                <span
                  class="key"
                  data-ink=${ink.slice(2)}
                  data-dashed=${dashed === true ? 'yes' : 'no'}
                  aria-hidden="true"
                ></span
                >${name}
              </dt>
              <dd .textContent=${format(series?.lines[measure][last] ?? null)}></dd>
            </div>`,
        )}
      </dl>
    </figcaption>
    <time-graph aria-hidden="true" .drawing=${drawing}></time-graph>
    <details>
      <summary>Latest values<span class="hidden">: ${title}</span></summary>
      ${tableOf({
        label: `${title}, latest values`,
        columns: ['Time', ...lines.map(({ name }) => ({ number: name }))],
        rows: at.slice(-ROWS).map((time, i) => {
          const index = Math.max(0, at.length - ROWS) + i;
          return html`<tr>
            <th scope="row">${moment(new Date(time * 1000).toISOString())}</th>
            ${lines.map(({ measure, format }) => html`<td class="number">${format(series?.lines[measure][index] ?? null)}</td>`)}
          </tr>`;
        }),
      })}
    </details>
  </figure>`;
}

/** The figures follow the cursor; they are the latest again when it leaves. */
function pointed(lines: Graph['lines'], series: Series | undefined): (event: Event) => void {
  return (event) => {
    if (!(event.currentTarget instanceof HTMLElement) || series === undefined) return;
    const index = event instanceof CustomEvent ? (event.detail as number | null) : null;
    const shown = event.currentTarget.querySelectorAll('.legend dd');
    const at = index ?? series.at.length - 1;
    lines.forEach(({ measure, format }, i) => {
      const cell = shown[i];
      if (cell) cell.textContent = format(series.lines[measure][at] ?? null);
    });
  };
}

const compactNumber = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const compact = (value: number): string => compactNumber.format(value);

function axisFormat(measure: Measure | undefined): (value: number) => string {
  if (measure === 'retainedBytes') return bytes;
  if (measure === 'p50Ms')
    return (value) => (value < 1000 ? `${compact(value)} ms` : `${compact(value / 1000)} s`);
  if (measure === 'lagSeconds') return (value) => `${compact(value)} s`;
  return compact;
}
