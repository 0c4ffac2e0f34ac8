/** The button of an act: it asks first. While that act runs, its progress stands in the button's place. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { Act } from '../../../shared/acts.ts';
import { wordsOfAct } from '../data/act-words.ts';
import type { Job } from '../data/console-api.ts';
import type { Hands } from '../data/hands.ts';
import { jobOf } from './job-view.ts';

export interface ActButton {
  readonly act: Act;
  readonly jobs: readonly Job[];
  readonly hands: Hands;
  /** In place of the act's own word. */
  readonly label?: string;
  readonly kind?: 'main' | 'quiet' | 'danger';
  /** Why it cannot be had now. */
  readonly disabled?: boolean;
}

export function actButton({ act, jobs, hands, label, kind, disabled = false }: ActButton): TemplateResult {
  const isRunning = jobOf(jobs, act)?.state === 'running';
  // One that is `disabled` would lose the focus that the dialog gives back to it.
  const isHeld = disabled || isRunning;
  const words = wordsOfAct(act);
  const text = label ?? words.button;
  return html`<button
    type="button"
    class=${kind ?? 'plain'}
    data-act=${act.act}
    aria-label=${words.title.startsWith(text) ? words.title : `${text}: ${words.title}`}
    aria-disabled=${isHeld ? 'true' : 'false'}
    @click=${() => isHeld || hands.ask(act)}
  >
    ${text}${isRunning ? html`<span class="busy" aria-hidden="true"></span>` : nothing}
  </button>`;
}
