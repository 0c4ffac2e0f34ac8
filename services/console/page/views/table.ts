/** Tables: each scrolls in a box of its own, so that the page itself never has to be pushed to and fro. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';

export interface Table {
  /** What it is of, to whoever hears it. */
  readonly label: string;
  /** Names of the columns; of one with numbers within `number`. */
  readonly columns: ReadonlyArray<string | { readonly number: string }>;
  readonly rows: readonly TemplateResult[];
  /** Its class, where it has a look of its own. */
  readonly kind?: string;
}

export function tableOf({ label, columns, rows, kind }: Table): TemplateResult {
  return html`<div class="scrolls" tabindex="0" role="group" aria-label=${label}>
    <table class=${kind ?? nothing}>
      <thead>
        <tr>
          ${columns.map((each) =>
            typeof each === 'string'
              ? html`<th scope="col">${each}</th>`
              : html`<th scope="col" class="number">${each.number}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

export interface ShownDifference {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

export function differencesTable(label: string, differences: readonly ShownDifference[]): TemplateResult {
  return tableOf({
    label,
    columns: ['Field', 'Before', 'After'],
    kind: 'differences',
    rows: differences.map(
      ({ path, before, after }) =>
        html`<tr>
          <th scope="row"><code>${path}</code></th>
          <td><del>${before}</del></td>
          <td><ins>${after}</ins></td>
        </tr>`,
    ),
  });
}
