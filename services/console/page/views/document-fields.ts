/**
 * The document's values as a list in which one moves with the arrow keys: whatever is pointed at or moved to tells which change it came
 * with. One stop of the Tab key, however many values there are.
 */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { Origin } from '../../../shared/explained.ts';
import type { DocumentAnswer } from '../data/document-api.ts';
import { moment, NONE } from '../data/format.ts';
import type { Hands } from '../data/hands.ts';
import { fieldsOf, groupOf } from './document-values.ts';
import type { FieldView } from './document-values.ts';

export function fieldsView(answer: DocumentAnswer, chosen: string | null, hands: Hands): TemplateResult {
  const fields = fieldsOf(answer);
  if (fields.length === 0) return html`<p class="empty">There is no document.</p>`;
  const at = fields.findIndex(({ path }) => path === chosen);
  const current = fields[at];
  return html`<ul
      class="fields"
      role="listbox"
      tabindex="0"
      aria-label="Fields of the document"
      aria-activedescendant=${at === -1 ? nothing : `field-${at}`}
      @keydown=${(event: KeyboardEvent) => move(event, fields, at, hands)}
      @focus=${() => at === -1 && hands.explain(fields[0]?.path ?? null)}
    >
      ${fields.map((field, i) => fieldItem(field, i, i === at, fields[i - 1], hands))}
    </ul>
    <div class="origin" aria-live="polite">
      ${current === undefined ? html`<p class="empty">Point at a field, or move with the arrow keys, to see which change its value came with.</p>` : originView(current, answer)}
    </div>`;
}

function fieldItem(
  { path, value, field, difference }: FieldView,
  at: number,
  isChosen: boolean,
  before: FieldView | undefined,
  hands: Hands,
): TemplateResult {
  const group = groupOf(path);
  const begins = before === undefined || groupOf(before.path) !== group;
  return html`<li
    id=${`field-${at}`}
    role="option"
    aria-selected=${isChosen ? 'true' : 'false'}
    data-path=${path}
    data-begins=${begins && at > 0 ? 'yes' : 'no'}
    data-different=${difference === null ? 'no' : 'yes'}
    @pointerenter=${() => hands.explain(path)}
    @click=${() => hands.explain(path)}
  >
    <span class="path">${path}</span>
    <span class="value">${value ?? 'nothing'}</span>
    ${
      difference === null
        ? field?.origin === null
          ? html`<span class="old">older</span>`
          : nothing
        : html`<span class="expected">SQL says ${difference.expected ?? 'nothing'}</span>`
    }
  </li>`;
}

function move(event: KeyboardEvent, fields: readonly FieldView[], at: number, hands: Hands): void {
  const to = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: fields.length - 1,
    PageDown: at + 10,
    PageUp: at - 10,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = Math.max(0, Math.min(fields.length - 1, to));
  hands.explain(fields[next]?.path ?? null);
  if (event.currentTarget instanceof HTMLElement)
    event.currentTarget.querySelector(`#field-${next}`)?.scrollIntoView({ block: 'nearest' });
}

const OPS: Readonly<Record<string, string>> = {
  c: 'an insert into',
  u: 'an update of',
  d: 'a delete from',
  r: 'the snapshot of',
};

function originView({ path, field, difference }: FieldView, { topic }: DocumentAnswer): TemplateResult {
  const origin = field?.origin ?? null;
  return html`<p>
      <code>${path}</code> ${
        field === null
          ? html`is in the ${difference?.found === null ? 'source' : 'document'} alone.`
          : origin === null
            ? html`came with no change that <code>${topic.name}</code> still has: it is older, was copied from
                the source, or is not of the stream.`
            : html`came with ${OPS[origin.op] ?? origin.op}
                <code>${field.table}</code
                >${origin.orEarlier ? ', or before it: this is the first change of its row that the topic has' : ''}.`
      }
    </p>
    ${origin === null ? nothing : originFacts(origin, field?.row ?? null)}`;
}

function originFacts({ committedAt, lsn, transaction, change }: Origin, row: string | null): TemplateResult {
  return html`<dl class="facts">
    ${
      row === null
        ? nothing
        : html`<div>
            <dt>Row</dt>
            <dd><code>${row}</code></dd>
          </div>`
    }
    <div>
      <dt>Committed</dt>
      <dd>${moment(committedAt)}</dd>
    </div>
    <div>
      <dt>LSN</dt>
      <dd><code>${lsn ?? NONE}</code></dd>
    </div>
    <div>
      <dt>Transaction</dt>
      <dd><code>${transaction ?? NONE}</code></dd>
    </div>
    <div>
      <dt>Change</dt>
      <dd><code>${change}</code></dd>
    </div>
  </dl>`;
}
