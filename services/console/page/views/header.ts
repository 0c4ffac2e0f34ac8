/** What stays on top: where one is, whether what is shown is of now, which read model it is of, light and dark. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import { age } from '../data/format.ts';
import type { Hands } from '../data/hands.ts';
import { chosenProjection, oldFor } from '../data/state.ts';
import type { PageState } from '../data/state.ts';
import { chosenScheme, chooseScheme, SCHEMES } from '../theme.ts';
import { glyph } from './glyphs.ts';
import { stateWords } from './projections.ts';

export const SECTIONS = [
  ['headline', 'Now'],
  ['pipeline', 'Pipeline'],
  ['graphs', 'Graphs'],
  ['lag', 'Lag'],
  ['connectors', 'Connector'],
  ['projections', 'Read models'],
  ['dead-letters', 'Dead letters'],
  ['document', 'Document'],
  ['activity', 'Activity'],
] as const;

export function headerView(state: PageState, hands: Hands): TemplateResult {
  return html`<header class="top">
    <div class="bar">
      <p class="brand">
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M3 4h6v12H3z" />
          <path d="M11 4h6v12h-6z" class="second" />
        </svg>
        Readside
      </p>
      <nav aria-label="Sections">
        <ul>
          ${SECTIONS.map(([id, name]) => html`<li><a href=${`#${id}`} data-section=${id}>${name}</a></li>`)}
        </ul>
      </nav>
      ${connectionView(state)}
      <label class="scheme"
        ><span class="hidden">Colours</span>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <circle cx="8" cy="8" r="6.2" />
          <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4Z" />
        </svg>
        <select @change=${(event: Event) => chooseScheme((event.target as HTMLSelectElement).value)}>
          ${SCHEMES.map((scheme) => html`<option value=${scheme} ?selected=${scheme === chosenScheme()}>${scheme}</option>`)}
        </select></label
      >
      <button type="button" class="quiet" @click=${() => hands.signOut()}>Leave</button>
    </div>
    ${tabs(state, hands)}
  </header>`;
}

function connectionView(state: PageState): TemplateResult {
  const { connection, nowMs } = state;
  const old = oldFor(state);
  const isLive = old === null && connection.kind === 'live' && state.report !== null;
  const words = isLive
    ? 'live'
    : connection.kind === 'broken'
      ? `not connected, again in ${Math.max(0, Math.ceil((connection.retryAtMs - nowMs) / 1000))} s`
      : old === null
        ? 'connecting'
        : `nothing new for ${age(old)}`;
  return html`<p class="connection" data-live=${isLive ? 'yes' : 'no'}>
    ${glyph(isLive ? 'flowing' : 'waiting')} <span>${words}</span>
  </p>`;
}

/** Of which read model the panels are. */
function tabs(state: PageState, hands: Hands): TemplateResult | typeof nothing {
  const { report } = state;
  if (report === null || report.projections.length < 2) return nothing;
  const chosen = chosenProjection(state)?.projection;
  return html`<div class="models" role="radiogroup" aria-label="Read model">
    ${report.projections.map(
      ({ projection, state: health }) =>
        html`<button
          type="button"
          role="radio"
          aria-checked=${projection === chosen ? 'true' : 'false'}
          tabindex=${projection === chosen ? '0' : '-1'}
          data-projection=${projection}
          @click=${() => hands.choose(projection)}
          @keydown=${(event: KeyboardEvent) => rove(event)}
        >
          ${glyph(health)} ${projection}<span class="hidden">, ${stateWords(health)}</span>
        </button>`,
    )}
  </div>`;
}

/** Arrow keys choose, as among radio buttons. */
function rove(event: KeyboardEvent): void {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const button = event.currentTarget;
  if (step === undefined || !(button instanceof HTMLElement)) return;
  event.preventDefault();
  const all = [...(button.parentElement?.querySelectorAll('button') ?? [])];
  const next = all[(all.indexOf(button as HTMLButtonElement) + step + all.length) % all.length];
  next?.focus();
  next?.click();
}
