/** How the read side is, in words, and the switch that stops it. */
import { html } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import { attempt } from '../attempt.ts';
import { turnProjector } from '../projector.ts';
import type { State, Store } from '../store.ts';
import { duration } from '../words.ts';

/** The projector proves it once a second, and the page asks once a second. */
const USUAL_MS = 4000;

export function headline(state: State, store: Store): TemplateResult {
  const behindMs = state.asOf === null ? null : Date.now() - state.asOf;
  const { tone, text } = standOf(state, behindMs);
  return html`
    <header class="top">
      <div class="brand">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <h1>Profile <span>on Readside</span></h1>
      </div>
      <p class="stand ${tone}">
        <span class="dot" aria-hidden="true"></span><span role="status">${text}</span>
      </p>
      <p class="behind">
        ${
          behindMs === null
            ? 'How old it may be is not known'
            : html`Holds every commit up to <strong class=${tone}>${duration(behindMs)}</strong> ago`
        }
      </p>
      ${state.session?.hasSwitch === true ? projectorSwitch(state, store) : ''}
    </header>
  `;
}

export function standOf(
  { link, projector }: Pick<State, 'link' | 'projector'>,
  behindMs: number | null,
): { tone: string; text: string } {
  if (link === 'connecting') return { tone: 'idle', text: 'Connecting' };
  if (link === 'lost') return { tone: 'bad', text: 'The stream is lost; trying again' };
  if (projector === 'off') return { tone: 'warn', text: 'Projector stopped' };
  if (behindMs === null) return { tone: 'idle', text: 'Live; how old it may be is not known' };
  if (behindMs > USUAL_MS) return { tone: 'warn', text: 'Live, but the read model lags' };
  return { tone: 'good', text: 'Live and up to date' };
}

const SWITCH: Readonly<Record<State['projector'], string>> = {
  unknown: 'Looking at the projector…',
  on: 'Stop the projector',
  off: 'Start the projector',
  'turning on': 'Starting…',
  'turning off': 'Stopping…',
};

function projectorSwitch({ projector }: State, store: Store): TemplateResult {
  return html`<button
    class=${projector === 'off' ? 'primary' : ''}
    ?disabled=${projector !== 'on' && projector !== 'off'}
    @click=${() =>
      void attempt(store, 'turning the projector', () => turnProjector(store, projector === 'off'))}
  >
    ${SWITCH[projector]}
  </button>`;
}
