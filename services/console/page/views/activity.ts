/** What was asked for from this console, by whom, and how it ended: the same as in a terminal. */
import { html } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import { actOf, commandOf } from '../data/act-words.ts';
import type { Job } from '../data/console-api.ts';
import { moment, NONE, seconds } from '../data/format.ts';
import { outcomeOf } from '../data/job-words.ts';
import { glyph } from './glyphs.ts';
import type { Sign } from './glyphs.ts';
import { tableOf } from './table.ts';

const SIGNS: Readonly<Record<Job['state'], Sign>> = {
  running: 'waiting',
  done: 'flowing',
  failed: 'stalled',
  interrupted: 'paused',
};

export function activityPanel(jobs: readonly Job[]): TemplateResult {
  return html`<section id="activity" aria-labelledby="activity-title">
    <h2 id="activity-title">Activity</h2>
    ${
      jobs.length === 0
        ? html`<p class="empty">No command was run from here since the console began.</p>`
        : tableOf({
            label: 'Activity, table',
            columns: ['Begun', 'Command', 'By', { number: 'Took' }, 'Outcome'],
            rows: jobs.map(jobRow),
          })
    }
  </section>`;
}

function jobRow(job: Job): TemplateResult {
  const { begun, ended, by, state } = job;
  const took = ended === null ? null : (new Date(ended).getTime() - new Date(begun).getTime()) / 1000;
  return html`<tr data-job=${job.id} data-state=${state}>
    <td>${moment(begun)}</td>
    <td><code>${commandOf(actOf(job))}</code></td>
    <td>${by === '' ? NONE : by}</td>
    <td class="number">${seconds(took)}</td>
    <td class="wraps"><span class="sign">${glyph(SIGNS[state])}</span> ${outcomeOf(job)}</td>
  </tr>`;
}
