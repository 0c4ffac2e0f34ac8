/** The first thing one sees: whether all is well, and what heals it when not. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { PlacedCause, ProjectionReport, StatusReport } from '../../../shared/status-report.ts';
import { actOf, isSameAct } from '../data/act-words.ts';
import { count, milliseconds, moment, NONE, rate, seconds } from '../data/format.ts';
import type { Hands } from '../data/hands.ts';
import { chosenProjection, streamOf } from '../data/state.ts';
import type { PageState } from '../data/state.ts';
import { actButton } from './act-button.ts';
import { glyph } from './glyphs.ts';
import { isRecent, jobOf, jobView } from './job-view.ts';
import { causesBeyond, toldOf } from './told-causes.ts';

export function headlinePanel(state: PageState, report: StatusReport, hands: Hands): TemplateResult {
  const worst = headlined(report);
  return html`<section
    id="headline"
    class="headline"
    data-state=${report.state}
    aria-labelledby="headline-title"
  >
    <div class="verdict">
      ${glyph(report.state)}
      <div>
        <h1 id="headline-title">${report.headline}</h1>
        <p class="since">
          ${worst === undefined || report.projections.length < 2 ? nothing : scopeOf(report, worst)}
          ${state.since === null ? nothing : html`<span>since ${moment(state.since)}</span>`}
        </p>
      </div>
    </div>
    ${worst === undefined ? nothing : causesView(worst, state, hands)} ${latestAct(state, worst, hands)}
    ${keyFigures(state, report)}
  </section>`;
}

/** The one that the headline is about. */
export function headlined({ projections, state }: StatusReport): ProjectionReport | undefined {
  return projections.find((each) => each.state === state);
}

/** What stands still or must be seen, each with what heals it; but for what the headline of `worst` says already, with its button. */
export function causesView(
  projection: ProjectionReport,
  state: PageState,
  hands: Hands,
  worst?: ProjectionReport,
): TemplateResult | typeof nothing {
  const told = causesBeyond(projection, worst);
  if (told.length === 0) return nothing;
  return html`<ul class="causes" data-state=${projection.causes.length > 0 ? 'stalled' : 'flowing'}>
    ${told.map((cause) => causeItem(cause, state, hands))}
  </ul>`;
}

/** Of what was done last, where it is not told beside its cause: it may have healed that. */
function latestAct(
  { jobs }: PageState,
  worst: ProjectionReport | undefined,
  hands: Hands,
): TemplateResult | typeof nothing {
  const [job] = jobs;
  if (job === undefined || !isRecent(job)) return nothing;
  if (worst && toldOf(worst).some(({ act }) => act && isSameAct(act, actOf(job)))) return nothing;
  return html`<div class="latest">${jobView(job, hands)}</div>`;
}

function scopeOf(report: StatusReport, worst: ProjectionReport): TemplateResult {
  const { projections } = report;
  const others = projections.filter((each) => each.state === worst.state).length;
  return html`<span
    >${
      report.state === 'up-to-date'
        ? `all ${projections.length} read models`
        : others === projections.length
          ? `all ${others} read models`
          : `${others} of ${projections.length} read models`
    }</span
  >`;
}

function causeItem(cause: PlacedCause, { jobs, report }: PageState, hands: Hands): TemplateResult {
  const { code, text, remedy, act } = cause;
  const latest = act && jobOf(jobs, act);
  const job = latest && isRecent(latest) ? latest : undefined;
  return html`<li data-code=${code}>
    <div class="cause">
      ${report?.headline.includes(text) === true ? nothing : html`<p class="what">${text}</p>`}
      ${remedy === '' || job ? nothing : html`<p class="remedy">${remedy.startsWith('readside ') ? html`<code>${remedy}</code>` : remedy}</p>`}
      ${job ? jobView(job, hands) : nothing}
    </div>
    ${act === undefined ? placeOf(code) : actButton({ act, jobs, hands, kind: 'main' })}
  </li>`;
}

/** Where a person chooses, because no one act heals it. */
function placeOf(code: PlacedCause['code']): TemplateResult | typeof nothing {
  if (code === 'documents-degraded') return html`<a href="#dead-letters">Look at the dead letters</a>`;
  if (code === 'documents-wrong') return html`<a href="#projections">Look at the read models</a>`;
  return nothing;
}

/** Of the read model that is looked at. */
function keyFigures(state: PageState, report: StatusReport): TemplateResult | typeof nothing {
  const projection = chosenProjection(state);
  if (projection === null) return nothing;
  const { lag, trend, staleness } = projection;
  const stream = streamOf(report, projection);
  const events = 'error' in lag ? null : lag.events;
  const clear = trend?.clearInSeconds;
  const figures: ReadonlyArray<readonly [string, string, string]> = [
    [
      'Staleness',
      milliseconds(staleness?.p99Ms),
      staleness === undefined ? 'p99' : `p99; p50 ${milliseconds(staleness.p50Ms)}`,
    ],
    [
      'Waiting',
      events === null ? NONE : count(events),
      clear === undefined || events === null || events === 0
        ? 'events'
        : clear === null
          ? 'events, and more come than go'
          : `events, clear in ${seconds(clear)}`,
    ],
    ['Lag', 'error' in lag ? NONE : seconds(lag.seconds), 'behind Postgres'],
    ['Written', rate(stream?.writtenPerSecond ?? trend?.writtenPerSecond), 'events a second'],
    ['Applied', rate(trend?.appliedPerSecond), 'events a second'],
    ['In quarantine', count(projection.quarantined), 'documents'],
  ];
  return html`<dl class="figures">
    ${figures.map(
      ([name, value, unit]) =>
        html`<div>
          <dt>${name}</dt>
          <dd><strong>${value}</strong> <span>${unit}</span></dd>
        </div>`,
    )}
  </dl>`;
}
