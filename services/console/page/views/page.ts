/** The whole page, from its state alone. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import { age, moment } from '../data/format.ts';
import type { Hands } from '../data/hands.ts';
import { chosenProjection, oldFor } from '../data/state.ts';
import type { PageState } from '../data/state.ts';
import { activityPanel } from './activity.ts';
import { confirmDialog } from './confirm.ts';
import { connectorsPanel } from './connectors.ts';
import { deadLettersPanel } from './dead-letters.ts';
import { documentPanel } from './document-panel.ts';
import { graphsPanel } from './graphs.ts';
import { headerView } from './header.ts';
import { causesView, headlined, headlinePanel } from './headline.ts';
import { lagPanel } from './lag.ts';
import { pipelinePanel } from './pipeline.ts';
import { projectionsPanel } from './projections.ts';
import { signInView } from './sign-in.ts';

export function pageView(state: PageState, hands: Hands): TemplateResult {
  if (state.token === null) return signInView(state.refused, hands);
  return html`<a class="skip" href="#content">Skip to the content</a>
    ${headerView(state, hands)}
    <main id="content" tabindex="-1">${contentView(state, hands)}</main>
    <p class="hidden" role="status" aria-live="polite">${state.announcement.words}</p>
    ${confirmDialog(state.question, hands)}`;
}

function contentView(state: PageState, hands: Hands): TemplateResult {
  const { report, jobs, series, connection, gone, actRefused } = state;
  const projection = chosenProjection(state);
  const why = connection.kind === 'broken' ? connection.why : gone;
  if (report === null)
    return html`<div class="first">
      <h1>${connection.kind === 'broken' ? 'The console does not answer' : 'Looking at the system'}</h1>
      <p>${why ?? 'The first look takes some seconds.'}</p>
    </div>`;
  const old = oldFor(state);
  return html`${
      old === null
        ? nothing
        : html`<div class="stale">
            <p role="alert">
              What is shown is old: the last look at the system was at ${moment(report.at)}.
              ${why === null ? nothing : `Because ${why}; it is tried again.`}
            </p>
            <p>${age(Math.floor(old))} ago</p>
          </div>`
    }
    ${actRefused === null ? nothing : html`<p class="stale" role="alert">That was not begun: ${actRefused}</p>`}
    <div class="panels" data-old=${old === null ? 'no' : 'yes'}>
      ${headlinePanel(state, report, hands)}
      ${
        projection === null
          ? nothing
          : html`${pipelinePanel(report, projection, causesView(projection, state, hands, headlined(report)))}
              ${graphsPanel(projection.projection, series.get(projection.projection))}
              <div class="pair">${lagPanel(projection)} ${connectorsPanel(report.streams, jobs, hands)}</div>
              ${projectionsPanel(report, jobs, hands)} ${deadLettersPanel(state, projection, hands)}
              ${documentPanel(state, projection, hands)}`
      }
      ${activityPanel(jobs)}
    </div>`;
}
