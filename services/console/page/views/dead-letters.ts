/** What could not be applied: each document that is held, its changes, and what a retry would make different. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { ProjectionReport } from '../../../shared/status-report.ts';
import type {
  DeadLetter,
  HeldChanges,
  HeldDocument,
  RetryOutcome,
  UnkeyedChange,
} from '../data/console-api.ts';
import { count, many, moment, prettyJson } from '../data/format.ts';
import type { Hands } from '../data/hands.ts';
import type { Letters, PageState } from '../data/state.ts';
import { actButton } from './act-button.ts';
import { asked } from './asked.ts';
import { auditView } from './audit.ts';
import { glyph } from './glyphs.ts';
import { isRecent, jobView } from './job-view.ts';
import { differencesTable } from './table.ts';

export function deadLettersPanel(
  { letters, jobs }: PageState,
  { projection, quarantined }: ProjectionReport,
  hands: Hands,
): TemplateResult {
  const is = { jobs, hands };
  const own = jobs.find(
    ({ act, params }) =>
      (act === 'dlq-retry' || act === 'dlq-discard') &&
      'projection' in params &&
      params.projection === projection,
  );
  return html`<section id="dead-letters" aria-labelledby="dead-letters-title">
    <header class="head">
      <h2 id="dead-letters-title">Dead letters <span class="of">${projection}</span></h2>
      <p class="sign" data-count=${quarantined ?? ''}>
        ${glyph(quarantined === null ? 'unknown' : quarantined > 0 ? 'degraded' : 'flowing')}
        ${quarantined === null ? 'not known' : quarantined === 0 ? 'nothing is in quarantine' : `${many(quarantined, 'document')} in quarantine`}
      </p>
      ${quarantined !== null && quarantined > 0 ? actButton({ act: { act: 'dlq-retry', params: { projection, all: true } }, ...is }) : nothing}
    </header>
    ${own && isRecent(own) ? jobView(own, hands) : nothing}
    ${asked(letters.list, ({ documents, unkeyed }) =>
      documents.length + unkeyed.length === 0
        ? html`<p class="empty">Every change that came is in its document.</p>`
        : html`<div class="letters">
            <ul class="held" aria-label="Documents in quarantine">
              ${documents.map((each) => heldItem(each, letters.open, hands))}
              ${unkeyed.map((each) => unkeyedItem(each, projection, is))}
            </ul>
            ${openView(letters, projection, is)}
          </div>`,
    )}
    ${auditView(letters.audit, projection, hands)}
  </section>`;
}

function heldItem(
  { id, since, changes, first, error }: HeldDocument,
  open: string | null,
  hands: Hands,
): TemplateResult {
  return html`<li>
    <button
      type="button"
      class="row"
      data-id=${id}
      aria-expanded=${id === open ? 'true' : 'false'}
      @click=${() => hands.openLetters(id === open ? null : id)}
    >
      <code>${id}</code>
      <span class="error">${error}</span>
      <span class="meta"
        >${many(changes, 'change')} from ${first.partition}:${first.offset}, since ${moment(since)}</span
      >
    </button>
  </li>`;
}

interface Is {
  readonly jobs: PageState['jobs'];
  readonly hands: Hands;
}

function unkeyedItem(
  { partition, offset, since, error }: UnkeyedChange,
  projection: string,
  is: Is,
): TemplateResult {
  const letter = `${partition}:${offset}`;
  return html`<li class="unkeyed">
    <div class="row">
      <code>${letter}</code>
      <span class="error">${error}</span>
      <span class="meta">names no document, since ${moment(since)}</span>
    </div>
    ${actButton({ act: { act: 'dlq-discard', params: { projection, letter } }, ...is, kind: 'danger' })}
  </li>`;
}

function openView({ open, changes, outcome }: Letters, projection: string, is: Is): TemplateResult {
  if (open === null)
    return html`<div class="letter">
      <p class="empty">Choose a document to see its changes, and what a retry would make of it.</p>
    </div>`;
  const params = { projection, user: open };
  return html`<div class="letter">
    <header class="head">
      <h3><code>${open}</code></h3>
      <div class="acts">
        ${actButton({ act: { act: 'dlq-retry', params }, ...is, kind: 'main' })}
        ${changes.kind === 'here' ? discardFirst(changes.value, projection, is) : nothing}
        <button type="button" class="plain" @click=${() => is.hands.find(open)}>Look at the document</button>
      </div>
    </header>
    <h4>What a retry would make different</h4>
    ${asked(outcome, (value) => outcomeView(value))}
    <h4>Changes, in order</h4>
    ${asked(
      changes,
      ({ letters }) =>
        html`<ol class="changes">
          ${letters.map(letterItem)}
        </ol>`,
    )}
  </div>`;
}

/** The change that is shown, and no other: until it is discarded the next one may have become the first. */
function discardFirst({ first }: HeldChanges, projection: string, is: Is): TemplateResult {
  const params = { projection, letter: `${first.partition}:${first.offset}` };
  return actButton({
    act: { act: 'dlq-discard', params },
    ...is,
    label: 'Discard first change',
    kind: 'danger',
  });
}

function outcomeView(outcome: RetryOutcome | null): TemplateResult {
  if (outcome === null) return html`<p class="empty">Nothing is to be retried.</p>`;
  const { state, applied, remaining, error, differences } = outcome;
  return html`<p class="sign">
      ${glyph(state === 'failing' ? 'stalled' : 'flowing')}
      ${
        state === 'failing'
          ? `it would stay in quarantine: ${many(applied, 'change')} applied, ${count(remaining)} remain: ${error ?? ''}`
          : state === 'healed'
            ? `it would be healed: ${many(applied, 'change')} applied`
            : 'it is not in quarantine any more'
      }
    </p>
    ${
      differences.length === 0
        ? html`<p class="empty">The document would stay as it is.</p>`
        : differencesTable(
            'Differences, table',
            differences.map(({ path, before, after }) => ({
              path: path === '' ? 'the document' : path,
              before: before ?? 'nothing',
              after: after ?? 'nothing',
            })),
          )
    }`;
}

const LONGEST_SHOWN = 20_000;

function letterItem(
  { partition, offset, timestamp, error, value, valueBase64 }: DeadLetter,
  at: number,
): TemplateResult {
  const text =
    valueBase64 === undefined
      ? value === null || value === undefined
        ? ''
        : prettyJson(value)
      : valueBase64;
  const shown = text.slice(0, LONGEST_SHOWN);
  return html`<li>
    <details ?open=${at === 0}>
      <summary>
        <code>${partition}:${offset}</code> <span class="error">${error}</span>
        <span class="meta">${moment(new Date(timestamp).toISOString())}</span>
      </summary>
      <pre tabindex="0" role="group" aria-label=${`change ${partition}:${offset}`}>
${shown === '' ? 'no value' : shown}${shown === text ? nothing : ` … (${count(text.length)} characters)`}</pre>
    </details>
  </li>`;
}
