/** What waits in Kafka, a bar for each partition, and whether somebody works on it. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { ProjectionReport } from '../../../shared/status-report.ts';
import { count } from '../data/format.ts';
import { glyph } from './glyphs.ts';
import { tableOf } from './table.ts';

export function lagPanel({ projection, lag }: ProjectionReport): TemplateResult {
  return html`<section id="lag" aria-labelledby="lag-title">
    <h2 id="lag-title">Lag by partition <span class="of">${projection}</span></h2>
    ${'error' in lag ? html`<p class="unknown">not known: ${lag.error}</p>` : table(lag.partitions)}
  </section>`;
}

type Partition = Exclude<ProjectionReport['lag'], { readonly error: string }>['partitions'][number];

function table(partitions: readonly Partition[]): TemplateResult {
  // A handful of events is no long bar.
  const longest = Math.max(100, ...partitions.map(({ lag }) => lag));
  return html`${tableOf({
    label: 'Lag by partition, table',
    kind: 'lag',
    columns: ['Partition', 'Waiting', { number: 'Applied up to' }, { number: 'End' }, 'Worked on'],
    rows: partitions.map(
      ({ partition, committed, end, lag, assigned }) =>
        html`<tr>
          <th scope="row">${partition}</th>
          <td>
            <div class="wide">
              <span class="bar" aria-hidden="true"
                ><span .style=${`inline-size: ${((lag / longest) * 100).toFixed(1)}%`}></span></span
              ><span class="amount">${count(lag)}</span>
            </div>
          </td>
          <td class="number">${count(committed)}</td>
          <td class="number">${count(end)}</td>
          <td>
            ${
              assigned
                ? html`<span class="sign">${glyph('flowing')} yes</span>`
                : html`<span class="sign">${glyph('stalled')} by nobody</span>`
            }
          </td>
        </tr>`,
    ),
  })}
  ${partitions.length === 0 ? html`<p class="unknown">The topic has no partitions yet.</p>` : nothing}`;
}
