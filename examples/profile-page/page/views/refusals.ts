/** Commands that are refused on purpose. What they would change is seen on the right for a moment. */
import { html } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import { attempt } from '../attempt.ts';
import { REFUSALS } from '../refusals.ts';
import type { State, Store } from '../store.ts';

export function refusals({ document }: State, store: Store): TemplateResult {
  return html`
    <section class="card" aria-labelledby="refusals-title">
      <h2 id="refusals-title">Refused <span class="to">shown at once, taken back with the reason</span></h2>
      <ul class="refusals">
        ${REFUSALS.map(
          ({ status, title, text, button, provoke }) => html`
            <li>
              <h3><span class="tag bad">${status}</span> ${title}</h3>
              <p>${text}</p>
              <button
                ?disabled=${document === null}
                @click=${() => void attempt(store, title, () => provoke(store))}
              >
                ${button}
              </button>
            </li>
          `,
        )}
      </ul>
    </section>
  `;
}
