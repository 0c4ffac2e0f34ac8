/** The way of a change, left to right; on a phone from top to bottom. The stage that stands still is marked, and those behind it wait. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { ProjectionReport, StatusReport } from '../../../shared/status-report.ts';
import { glyph } from './glyphs.ts';
import { stagesOf } from './stages.ts';
import type { StageView } from './stages.ts';

export function pipelinePanel(
  report: StatusReport,
  projection: ProjectionReport,
  causes: TemplateResult | typeof nothing,
): TemplateResult {
  const stages = stagesOf(report, projection);
  return html`<section id="pipeline" aria-labelledby="pipeline-title">
    <h2 id="pipeline-title">Pipeline <span class="of">${projection.projection}</span></h2>
    <ol class="pipeline">
      ${stages.map((stage, at) => stageItem(stage, stages[at - 1]))}
    </ol>
    ${causes}
  </section>`;
}

function stageItem(stage: StageView, before: StageView | undefined): TemplateResult {
  const { name, title, state, says, figures } = stage;
  return html`<li class="stage" data-stage=${name} data-state=${state}>
    ${before === undefined ? nothing : edge(before, stage)}
    <h3>${title}</h3>
    <p class="says">${glyph(state)} ${says}</p>
    <dl>
      ${figures.map(
        ([label, value]) =>
          html`<div>
            <dt>${label}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </li>`;
}

/** Moves the faster the more goes over it; in a few steps, for a change of the speed makes the movement jump. */
function edge({ perSecond, state }: StageView, next: StageView): TemplateResult {
  const isOpen = state !== 'stalled' && state !== 'paused' && state !== 'waiting' && next.state !== 'waiting';
  const events = perSecond ?? 0;
  const speed = !isOpen || events <= 0 ? 0 : events < 5 ? 1 : events < 100 ? 2 : 3;
  return html`<svg
    class="edge"
    viewBox="0 0 32 12"
    aria-hidden="true"
    data-speed=${speed}
    data-open=${isOpen ? 'yes' : 'no'}
  >
    <path class="rail" d="M1 6H26" />
    <path class="flow" d="M1 6H26" />
    <path class="head" d="M24.5 2.2 30 6l-5.5 3.8" />
  </svg>`;
}
