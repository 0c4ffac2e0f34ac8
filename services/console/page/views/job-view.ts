/** A run of the command: how far it is, and how it ended. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { Act } from '../../../shared/acts.ts';
import { actOf, commandOf, isSameAct } from '../data/act-words.ts';
import type { Job, JobProgress } from '../data/console-api.ts';
import { count, seconds } from '../data/format.ts';
import type { Hands } from '../data/hands.ts';
import { outcomeOf } from '../data/job-words.ts';

/** The latest of this act on the same thing, while it runs and for a while after. */
export function jobOf(jobs: readonly Job[], act: Act): Job | undefined {
  return jobs.find((job) => isSameAct(actOf(job), act));
}

const SHOWN_MS = 120_000;

export function isRecent({ ended }: Job): boolean {
  return ended === null || Date.now() - new Date(ended).getTime() < SHOWN_MS;
}

/** `told`: how far it is by what else is known, while the command itself has not said. */
export function jobView(job: Job, hands: Hands, told: JobProgress | null = null): TemplateResult {
  const { state } = job;
  const command = commandOf(actOf(job));
  return html`<div class="job" data-state=${state} tabindex="-1" role="group" aria-label=${command}>
    <code>${command}</code>
    ${
      state === 'running'
        ? html`${progressView(job, job.progress ?? told)}
            <button type="button" class="quiet" @click=${() => hands.interrupt(job.id)}>Interrupt</button>`
        : html`<p class="outcome">${outcomeOf(job)}</p>`
    }
  </div>`;
}

function progressView({ begun }: Job, progress: JobProgress | null): TemplateResult {
  const elapsed = (Date.now() - new Date(begun).getTime()) / 1000;
  if (progress === null) return html`<p class="running">running for ${seconds(Math.max(0, elapsed))}</p>`;
  const { stage, done, total, unit } = progress;
  const perSecond = elapsed > 1 ? done / elapsed : null;
  const rest = total !== null && perSecond !== null && perSecond > 0 ? (total - done) / perSecond : null;
  return html`<div class="progress">
    <p class="running">
      <strong>${stage}</strong>
      ${count(done)}${total === null ? nothing : ` of ${count(total)}`} ${unit}
      ${perSecond === null ? nothing : html`<span class="rate">${count(perSecond)}/s</span>`}
      ${rest === null || rest <= 0 ? nothing : html`<span class="rate">${seconds(rest)} left</span>`}
    </p>
    ${
      total === null || total === 0
        ? html`<progress aria-label=${stage}></progress>`
        : html`<progress aria-label=${stage} max=${total} .value=${Math.min(done, total)}></progress>`
    }
  </div>`;
}
