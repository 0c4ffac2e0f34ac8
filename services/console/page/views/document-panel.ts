/** One document beside its source: rows, changes, the document and whether it is right, and what each value came with. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { ProjectionReport } from '../../../shared/status-report.ts';
import type { SeenChange } from '../../../shared/explained.ts';
import type { DocumentAnswer, JsonObject } from '../data/document-api.ts';
import { count, many, moment, NONE } from '../data/format.ts';
import type { Hands } from '../data/hands.ts';
import type { PageState } from '../data/state.ts';
import { foundWords, verdictWords } from '../data/verdict-words.ts';
import { actButton } from './act-button.ts';
import { asked } from './asked.ts';
import { fieldsView } from './document-fields.ts';
import { glyph } from './glyphs.ts';
import type { Sign } from './glyphs.ts';
import { isRecent, jobOf, jobView } from './job-view.ts';
import { pastView } from './past.ts';

export function documentPanel(
  state: PageState,
  { projection }: ProjectionReport,
  hands: Hands,
): TemplateResult {
  const { subject } = state;
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    const query = new FormData(event.target as HTMLFormElement).get('q');
    if (typeof query === 'string' && query.trim() !== '') hands.find(query.trim());
  };
  return html`<section id="document" aria-labelledby="document-title">
    <h2 id="document-title">One document <span class="of">${projection}</span></h2>
    <form class="search" role="search" @submit=${onSubmit}>
      <label for="q">Id, or what it is looked up by, such as an e-mail address</label>
      <div class="line">
        <input
          id="q"
          name="q"
          type="search"
          autocomplete="off"
          spellcheck="false"
          required
          .value=${subject.query}
        />
        <button type="submit" class="main">Look</button>
      </div>
    </form>
    <p class="hidden" aria-live="polite">${foundWords(subject.document)}</p>
    <div class="found" aria-busy=${subject.document.kind === 'asking' ? 'true' : 'false'}>
      ${asked(subject.document, (answer) => documentView(answer, state, projection, hands))}
    </div>
  </section>`;
}

function documentView(
  answer: DocumentAnswer,
  state: PageState,
  projection: string,
  hands: Hands,
): TemplateResult {
  const { subject, jobs } = state;
  const { id, source } = answer;
  const repair = { act: 'repair', params: { projection, id } } as const;
  const job = jobOf(jobs, repair);
  const origin = answer.fields.find(({ path }) => path === subject.field)?.origin ?? null;
  return html`<header class="subject">
      <div>
        <h3><code>${id}</code></h3>
        ${verdictView(answer)}
        <p class="meta">${standing(answer)}</p>
      </div>
      <div class="acts">
        ${source.state === 'wrong' ? actButton({ act: repair, jobs, hands, kind: 'main' }) : nothing}
        <button type="button" class="plain" @click=${() => hands.find(subject.query)}>Look again</button>
      </div>
    </header>
    ${job && isRecent(job) ? jobView(job, hands) : nothing}
    <div class="sides">
      <div class="side">
        <h4>In Postgres</h4>
        <div class="rows" tabindex="0" role="group" aria-label="Rows in Postgres">
          ${rowsView(answer.rows)}
        </div>
      </div>
      <div class="side">
        <h4>Changes in <code>${answer.topic.name}</code>, partition ${answer.topic.partition}</h4>
        ${changesView(answer, origin?.change ?? null)}
      </div>
      <div class="side">
        <h4>The document, field by field</h4>
        ${fieldsView(answer, subject.field, hands)}
      </div>
    </div>
    ${
      subject.history.kind === 'failed'
        ? html`<p class="empty">No history: ${subject.history.why}</p>`
        : asked(subject.history, (history) => pastView(history, subject.at, hands))
    }`;
}

const SIGNS: Readonly<Record<DocumentAnswer['source']['state'], Sign>> = {
  equal: 'up-to-date',
  degraded: 'degraded',
  undecided: 'waiting',
  wrong: 'stalled',
};

function verdictView(answer: DocumentAnswer): TemplateResult {
  const { state } = answer.source;
  return html`<p class="sign verdict-of-one" data-verdict=${state}>
    ${glyph(SIGNS[state])} ${verdictWords(answer)}
  </p>`;
}

function standing({
  phase,
  position,
  changedAt,
  appliedAt,
  projectionVersion,
  quarantine,
}: DocumentAnswer): string {
  const parts = [
    phase ?? 'no document',
    ...(position === null ? [] : [`stands at ${position}`]),
    ...(changedAt === null ? [] : [`committed ${moment(changedAt)}`]),
    ...(appliedAt === null ? [] : [`applied ${moment(appliedAt)}`]),
    ...(projectionVersion === null ? [] : [`by version ${projectionVersion}`]),
    ...(quarantine === null
      ? []
      : [`${many(quarantine.changes, 'change')} in quarantine: ${quarantine.error}`]),
  ];
  return parts.join(' · ');
}

function rowsView(rows: DocumentAnswer['rows']): TemplateResult {
  const tables = Object.entries(rows);
  if (tables.every(([, each]) => each.length === 0))
    return html`<p class="empty">Postgres has no row of it.</p>`;
  return html`${tables.map(
    ([table, each]) =>
      html`<h5><code>${table}</code> <span class="of">${many(each.length, 'row')}</span></h5>
        ${each.map(rowView)}`,
  )}`;
}

function rowView(row: JsonObject): TemplateResult {
  return html`<dl class="row-of">
    ${Object.entries(row).map(
      ([column, value]) =>
        html`<div>
          <dt>${column}</dt>
          <dd>
            ${value === null ? html`<span class="null">null</span>` : typeof value === 'string' ? value : JSON.stringify(value)}
          </dd>
        </div>`,
    )}
  </dl>`;
}

const OPS: Readonly<Record<string, string>> = {
  c: 'insert',
  u: 'update',
  d: 'delete',
  r: 'snapshot',
  t: 'truncate',
};

function changesView({ changes, passedOver, topic }: DocumentAnswer, marked: string | null): TemplateResult {
  if (changes.length === 0)
    return html`<p class="empty">The topic has no change of it from ${count(topic.from)} on.</p>`;
  const why = new Map(passedOver.map((each) => [each.change, each.why]));
  return html`<ol class="stream" tabindex="0" aria-label="Changes, the latest first">
    ${changes.toReversed().map((each) => changeItem(each, why.get(each.change), marked))}
  </ol>`;
}

function changeItem(
  { change, op, table, committedAt, lsn, transaction }: SeenChange,
  why: string | undefined,
  marked: string | null,
): TemplateResult {
  return html`<li data-change=${change} data-marked=${change === marked ? 'yes' : 'no'}>
    <p>
      <strong>${op === null ? 'unreadable' : (OPS[op] ?? op)}</strong>
      ${table === null ? nothing : html`<code>${table}</code>`}
      <span class="meta">${moment(committedAt)}</span>
    </p>
    <p class="meta">change ${change} · LSN ${lsn ?? NONE} · transaction ${transaction ?? NONE}</p>
    ${why === undefined ? nothing : html`<p class="why">not in the document: ${why}</p>`}
  </li>`;
}
