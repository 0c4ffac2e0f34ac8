/** The sign of each state: a shape of its own, so that it is told without its colour. Words stand beside it, so it is hidden from screen readers. */
import { html, svg } from 'lit-html';
import type { SVGTemplateResult, TemplateResult } from 'lit-html';
import type { HealthState } from '../../../shared/health/verdict.ts';
import type { StageState } from './stages.ts';

export type Sign = HealthState | StageState;

const SHAPES: Readonly<Record<Sign, SVGTemplateResult>> = {
  'up-to-date': disc(),
  flowing: disc(),
  degraded: svg`<path class="fill" d="M8 .8 15.2 8 8 15.2.8 8Z"/><path class="mark" d="M8 4.6v4M8 11v.6"/>`,
  lagging: svg`<path class="fill" d="M8 1.2 15.4 14.4H.6Z"/><path class="mark" d="M8 6v3.8M8 12v.4"/>`,
  stalled: svg`<path class="fill" d="M4.8.9h6.4l3.9 3.9v6.4l-3.9 3.9H4.8L.9 11.2V4.8Z"/><path class="mark" d="M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2"/>`,
  paused: svg`<path class="fill" d="M3 1.5h3.6v13H3zM9.4 1.5H13v13H9.4z"/>`,
  starting: svg`<circle class="ring dashed" cx="8" cy="8" r="6.4"/>`,
  waiting: svg`<circle class="ring" cx="8" cy="8" r="6.4"/><path class="line" d="M8 4.4V8l2.4 1.8"/>`,
  unknown: svg`<circle class="ring dashed" cx="8" cy="8" r="6.4"/>`,
};

function disc(): SVGTemplateResult {
  return svg`<circle class="fill" cx="8" cy="8" r="7.2"/><path class="mark" d="M4.8 8.3l2.2 2.2 4.2-4.6"/>`;
}

export function glyph(sign: Sign): TemplateResult {
  return html`<svg class="glyph" data-sign=${sign} viewBox="0 0 16 16" aria-hidden="true">
    ${SHAPES[sign]}
  </svg>`;
}
