/** The document as it was, by a slider over its changes. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { HistoryAnswer, HistoryEntry, Json } from '../data/document-api.ts';
import { moment, NONE } from '../data/format.ts';
import type { Hands } from '../data/hands.ts';
import { differencesTable } from './table.ts';

export function pastView(
  { items, since, fromCreation }: HistoryAnswer,
  at: number | null,
  hands: Hands,
): TemplateResult {
  const entries = items.toReversed();
  const last = entries.length - 1;
  const found = at === null ? last : entries.findIndex(({ number }) => number === at);
  const index = found === -1 ? last : found;
  const entry = entries[index];
  if (entry === undefined)
    return html`<div class="past">
      <h4>History</h4>
      <p class="empty">No change of it is kept.</p>
    </div>`;
  const label = `${index + 1} of ${entries.length}: ${entry.kind} ${moment(entry.at)}`;
  const goTo = (next: number): void => hands.goTo(entries[Math.max(0, Math.min(last, next))]?.number ?? null);
  return html`<div class="past">
    <h4>
      History
      <span class="of"
        >${since === null ? nothing : `whole since ${moment(since)}`}${fromCreation ? ', when it was created' : ''}</span
      >
    </h4>
    <div class="time">
      <button
        type="button"
        class="plain"
        aria-label="the change before"
        aria-disabled=${index === 0 ? 'true' : 'false'}
        @click=${() => goTo(index - 1)}
      >
        Before
      </button>
      <label class="hidden" for="time">Change of the document</label>
      <input
        id="time"
        type="range"
        min="0"
        max=${Math.max(1, last)}
        step="1"
        .value=${String(index)}
        ?disabled=${last === 0}
        aria-valuetext=${label}
        @input=${(event: Event) => goTo(Number((event.target as HTMLInputElement).value))}
      />
      <button
        type="button"
        class="plain"
        aria-label="the change after"
        aria-disabled=${index === last ? 'true' : 'false'}
        @click=${() => goTo(index + 1)}
      >
        After
      </button>
    </div>
    <p class="meta" data-entry=${entry.number}>
      <span aria-live="polite">${label}</span> · by ${entry.by ?? 'somebody'} · transaction
      ${entry.transaction ?? NONE} · LSN
      ${entry.lsn ?? NONE}${entry.position === null ? nothing : ` · change ${entry.position}`}
    </p>
    <div class="then">
      <div>
        <h5>What changed</h5>
        ${changesOf(entry)}
      </div>
      <div>
        <h5>As it was then</h5>
        <pre tabindex="0" role="group" aria-label="The document as it was">
${entry.document === null ? 'there was none' : JSON.stringify(entry.document, null, 2)}</pre>
      </div>
    </div>
  </div>`;
}

function changesOf({ changes }: HistoryEntry): TemplateResult {
  if (changes.length === 0) return html`<p class="empty">The history begins here.</p>`;
  return differencesTable(
    'What changed, table',
    changes.map(({ path, before, after }) => ({ path, before: jsonOf(before), after: jsonOf(after) })),
  );
}

function jsonOf(value: Json | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
