/** Every read model: what its documents were built by, whether they are right, and what can be done with it. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { ProjectionReport, StatusReport, VerifiedReport } from '../../../shared/status-report.ts';
import type { Job } from '../data/console-api.ts';
import { count, many, moment, NONE, seconds } from '../data/format.ts';
import type { Hands } from '../data/hands.ts';
import { actButton } from './act-button.ts';
import { glyph } from './glyphs.ts';
import { isRecent, jobView } from './job-view.ts';

export function projectionsPanel(
  { projections }: StatusReport,
  jobs: readonly Job[],
  hands: Hands,
): TemplateResult {
  return html`<section id="projections" aria-labelledby="projections-title">
    <h2 id="projections-title">Read models</h2>
    <div class="projections">${projections.map((each) => projectionView(each, jobs, hands))}</div>
  </section>`;
}

const STATE_WORDS: Readonly<Record<ProjectionReport['state'], string>> = {
  'up-to-date': 'up to date',
  degraded: 'degraded',
  lagging: 'lagging',
  starting: 'starting',
  stalled: 'stalled',
};

export function stateWords(state: ProjectionReport['state']): string {
  return STATE_WORDS[state];
}

function projectionView(report: ProjectionReport, jobs: readonly Job[], hands: Hands): TemplateResult {
  const { projection, state, documents, lag, verified, quarantined, projectors } = report;
  return html`<article class="projection" data-projection=${projection} data-state=${state}>
    <header>
      <h3>${projection}</h3>
      <p class="sign">${glyph(state)} ${stateWords(state)}</p>
    </header>
    <dl class="facts">
      <div>
        <dt>Version</dt>
        <dd>${versionWords(report)}</dd>
      </div>
      <div>
        <dt>Documents</dt>
        <dd>${'error' in documents ? 'not known' : documentWords(documents)}</dd>
      </div>
      <div>
        <dt>Lag</dt>
        <dd>
          ${'error' in lag ? 'not known' : html`${many(lag.events, 'event')} <span class="meta">${seconds(lag.seconds)}</span>`}
        </dd>
      </div>
      <div>
        <dt>Projectors</dt>
        <dd>${projectorWords(report, projectors)}</dd>
      </div>
      <div>
        <dt>Verified</dt>
        <dd>${verifiedWords(verified)}</dd>
      </div>
      <div>
        <dt>Quarantine</dt>
        <dd>${count(quarantined)}</dd>
      </div>
    </dl>
    <div class="acts">${buttons(report, jobs, hands)}</div>
    ${progress(report, jobs, hands)}
  </article>`;
}

function versionWords({ version, built }: ProjectionReport): string {
  if (built === null) return `${version}, nothing built yet`;
  return built === version ? String(version) : `${version}, documents are of ${built}`;
}

function documentWords({
  live,
  pending,
  tombstones,
}: {
  live: number;
  pending: number;
  tombstones: number;
}): TemplateResult {
  const rest = [
    ...(pending > 0 ? [`${count(pending)} pending`] : []),
    ...(tombstones > 0 ? [many(tombstones, 'tombstone')] : []),
  ];
  return html`${count(live)} <span class="meta">${rest.join(', ')}</span>`;
}

function projectorWords({ stopped, pausedAt }: ProjectionReport, projectors: number | null): string {
  if (stopped) return 'stopped';
  if (pausedAt !== null) return `paused since ${moment(pausedAt)}`;
  return projectors === null ? NONE : count(projectors);
}

function verifiedWords(verified: ProjectionReport['verified']): TemplateResult | string {
  if (verified === null) return 'never';
  if ('error' in verified) return 'not known';
  const { at, scope, compared } = verified;
  const wrong = wrongIn(verified);
  return html`<span class="sign"
      >${glyph(wrong > 0 ? 'stalled' : 'flowing')} ${wrong > 0 ? `${count(wrong)} wrong` : 'equal'}</span
    >
    <span class="meta"
      >${count(compared)} compared${scope === '' ? nothing : ` (${scope})`}, ${moment(at)}</span
    >`;
}

function wrongIn({ missing, extra, different, counts = 0 }: VerifiedReport): number {
  return missing + extra + different + counts;
}

function buttons(report: ProjectionReport, jobs: readonly Job[], hands: Hands): TemplateResult {
  const { projection, pausedAt, stopped, kept, rebuild, verified } = report;
  const params = { projection };
  const is = { jobs, hands };
  const isWrong = verified !== null && !('error' in verified) && wrongIn(verified) > 0;
  return html`
    ${actButton({ act: { act: 'verify', params }, ...is })}
    ${isWrong ? actButton({ act: { act: 'verify', params: { ...params, all: true, repair: true } }, ...is, kind: 'main' }) : nothing}
    ${actButton({ act: { act: 'rebuild', params }, ...is, label: rebuild !== null && !rebuild.running ? 'Go on with rebuild' : 'Rebuild' })}
    ${rebuild !== null && !rebuild.running ? actButton({ act: { act: 'rebuild-abort', params }, ...is }) : nothing}
    ${kept === null ? nothing : actButton({ act: { act: 'rollback', params }, ...is })}
    ${
      pausedAt === null
        ? actButton({ act: { act: 'projection-pause', params }, ...is, disabled: stopped })
        : actButton({ act: { act: 'projection-resume', params }, ...is, label: 'Resume', kind: 'main' })
    }
    ${
      stopped
        ? actButton({ act: { act: 'projection-start', params }, ...is, label: 'Start', kind: 'main' })
        : actButton({ act: { act: 'projection-stop', params }, ...is })
    }
    ${kept === null ? nothing : html`<span class="note">the documents before are kept until ${moment(kept.until)}</span>`}
  `;
}

/** What runs on it, or has just ended; a rebuild too that a terminal has begun. */
function progress(
  report: ProjectionReport,
  jobs: readonly Job[],
  hands: Hands,
): TemplateResult | typeof nothing {
  const { projection, rebuild } = report;
  const own = jobs.filter((job) => 'projection' in job.params && job.params.projection === projection);
  const shown = own.find(({ state }) => state === 'running') ?? own.find(isRecent);
  const known =
    shown?.act === 'rebuild' && rebuild?.running === true
      ? { stage: rebuild.stage ?? 'at work', done: rebuild.done, total: rebuild.total, unit: 'documents' }
      : null;
  if (shown) return html`<div class="under">${jobView(shown, hands, known)}</div>`;
  if (rebuild === null) return nothing;
  const { running, stage, done, total } = rebuild;
  return html`<div class="under">
    <p>
      ${running ? `a rebuild runs: ${stage ?? 'at work'}` : 'a rebuild was left'},
      ${count(done)}${total === null ? nothing : ` of ${count(total)}`} documents
    </p>
    ${total === null || total === 0 ? nothing : html`<progress aria-label="rebuild" max=${total} .value=${Math.min(done, total)}></progress>`}
  </div>`;
}
