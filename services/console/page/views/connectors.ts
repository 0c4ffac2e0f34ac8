/** The connector of the stream and its tasks, its slot, and what can be done about them. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { SlotReport, StreamReport } from '../../../shared/status-report.ts';
import type { Job } from '../data/console-api.ts';
import { bytes, count, NONE, seconds } from '../data/format.ts';
import type { Hands } from '../data/hands.ts';
import { actButton } from './act-button.ts';
import { glyph } from './glyphs.ts';
import type { Sign } from './glyphs.ts';
import { isRecent, jobView } from './job-view.ts';

const SIGNS: Readonly<Record<string, Sign>> = {
  RUNNING: 'flowing',
  PAUSED: 'paused',
  STOPPED: 'paused',
  FAILED: 'stalled',
  absent: 'stalled',
  UNASSIGNED: 'starting',
  RESTARTING: 'starting',
  starting: 'starting',
};

const ACTS = ['connector-restart', 'connector-pause', 'connector-resume'] as const;

export function connectorsPanel(
  streams: readonly StreamReport[],
  jobs: readonly Job[],
  hands: Hands,
): TemplateResult {
  return html`<section id="connectors" aria-labelledby="connectors-title">
    <h2 id="connectors-title">${streams.length === 1 ? 'Connector' : 'Connectors'}</h2>
    ${streams.map((stream) => connectorView(stream, jobs, hands))}
  </section>`;
}

function connectorView(
  { stream, connector, slot, topic, provenAgeSeconds }: StreamReport,
  jobs: readonly Job[],
  hands: Hands,
): TemplateResult {
  const params = { stream };
  const isHeld = connector?.state === 'PAUSED' || connector?.state === 'STOPPED';
  const latest = jobs.find(
    (job) => ACTS.some((act) => act === job.act) && 'stream' in job.params && job.params.stream === stream,
  );
  return html`<article class="connector" data-stream=${stream}>
    <header>
      <h3>${connector?.name ?? stream}</h3>
      <div class="acts">
        ${actButton({ act: { act: 'connector-restart', params }, jobs, hands, label: 'Restart' })}
        ${
          isHeld
            ? actButton({
                act: { act: 'connector-resume', params },
                jobs,
                hands,
                label: 'Resume',
                kind: 'main',
              })
            : actButton({ act: { act: 'connector-pause', params }, jobs, hands, label: 'Pause' })
        }
      </div>
    </header>
    <dl class="facts">
      <div>
        <dt>Connector</dt>
        <dd>${stateOf(connector?.state ?? 'not known')}</dd>
      </div>
      ${
        connector?.tasks.map(
          ({ id, state }) =>
            html`<div>
              <dt>Task ${id}</dt>
              <dd>${stateOf(state)}</dd>
            </div>`,
        ) ?? nothing
      }
      <div>
        <dt>Slot</dt>
        <dd>${slotWords(slot)}</dd>
      </div>
      <div>
        <dt>Slot keeps</dt>
        <dd>
          ${bytes(slot?.retainedBytes)}${slot?.safeBytes == null ? nothing : ` of WAL, room for ${bytes(slot.safeBytes)}`}
        </dd>
      </div>
      <div>
        <dt>Not confirmed</dt>
        <dd>${bytes(slot?.unconfirmedBytes)}</dd>
      </div>
      <div>
        <dt>Proven</dt>
        <dd>${provenAgeSeconds === null ? NONE : `${seconds(provenAgeSeconds)} ago`}</dd>
      </div>
      <div>
        <dt>Topic</dt>
        <dd>
          ${topic === null ? 'not known' : `${topic.name}, ${topic.partitions} partitions, ${count(topic.events)} events`}
        </dd>
      </div>
    </dl>
    ${connector?.failure == null ? nothing : html`<p class="failure">${connector.failure}</p>`}
    ${latest && isRecent(latest) ? jobView(latest, hands) : nothing}
  </article>`;
}

function stateOf(state: string): TemplateResult {
  return html`<span class="sign">${glyph(SIGNS[state] ?? 'unknown')} ${state.toLowerCase()}</span>`;
}

function slotWords(slot: SlotReport | null): TemplateResult {
  if (slot === null) return html`<span class="sign">${glyph('unknown')} not known</span>`;
  const { active, walStatus } = slot;
  return html`<span class="sign"
    >${glyph(walStatus === 'lost' ? 'stalled' : active ? 'flowing' : 'waiting')}
    ${active ? 'active' : 'not active'}, WAL ${walStatus}</span
  >`;
}
