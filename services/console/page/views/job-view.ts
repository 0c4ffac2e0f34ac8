/** A run of the command: how far it is, and how it ended. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { Act } from '../../../shared/acts.ts';
import { actOf, commandOf, isSameAct } from '../data/act-words.ts';
import type { Job, JobProgress } from '../data/console-api.ts';
import { count, many, seconds } from '../data/format.ts';
import type { Hands } from '../data/hands.ts';

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
  return html`<div class="job" data-state=${state}>
    <code>${commandOf(actOf(job))}</code>
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

/** How it ended, in one line. */
export function outcomeOf(job: Job): string {
  const { state, message, exitCode } = job;
  if (state === 'running') return 'running';
  if (state === 'interrupted') return 'interrupted';
  const told = tell(job);
  if (state === 'failed') return `failed: ${message ?? told ?? `exit code ${exitCode}`}`;
  return told === null ? 'done' : `done: ${told}`;
}

/** What the verb's JSON says, where it says more than that it is done. */
function tell({ act, result }: Job): string | null {
  if (result === null || result === undefined) return null;
  const each = Array.isArray(result) ? (result as readonly unknown[]) : [result];
  const sum = (of: (value: Readonly<Record<string, unknown>>) => unknown): number =>
    each.reduce<number>((all, value) => {
      const found = of(value as Readonly<Record<string, unknown>>);
      return all + (typeof found === 'number' ? found : Array.isArray(found) ? found.length : 0);
    }, 0);
  switch (act) {
    case 'verify': {
      const wrong = sum(({ wrong: found }) => found);
      const repairs = sum(({ repairs: made }) => made);
      return (
        `${many(
          sum(({ compared }) => compared),
          'document',
        )} compared, ${wrong === 0 ? 'none wrong' : `${count(wrong)} wrong`}` +
        (repairs === 0 ? '' : `, ${count(repairs)} repaired`)
      );
    }
    case 'rebuild':
      return `${many(
        sum(({ copied }) => copied),
        'document',
      )} copied, ${many(
        sum(({ verified }) => verified),
        'document',
      )} verified`;
    case 'dlq-retry':
    case 'dlq-discard': {
      const healed = each.filter((one) => (one as { readonly state?: unknown }).state === 'healed').length;
      return `${many(healed, 'document')} healed, ${many(
        sum(({ applied }) => applied),
        'change',
      )} applied`;
    }
    default:
      return null;
  }
}
