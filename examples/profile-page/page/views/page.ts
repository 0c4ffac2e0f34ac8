/** The whole page of a state. */
import { html } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { State, Store } from '../store.ts';
import { editor } from './editor.ts';
import { headline } from './headline.ts';
import { outcomes } from './outcomes.ts';
import { readModel } from './read-model.ts';
import { refusals } from './refusals.ts';
import { strategies } from './strategies.ts';

export function page(state: State, store: Store): TemplateResult {
  return html`
    ${headline(state, store)}
    <main>
      ${state.failure === null ? '' : html`<p class="notice bad" role="alert">${state.failure}</p>`}
      <div class="sides">
        <div class="side">${editor(state, store)} ${refusals(state, store)}</div>
        <div class="side">${readModel(state)} ${outcomes(state)}</div>
      </div>
      ${strategies(state, store)}
    </main>
    <footer>
      <p>
        An example of what is built on Readside: <code>examples/profile-page</code>. Commands go to the write
        API and Postgres; what you see on the right came back through Debezium, Kafka and the projector.
      </p>
    </footer>
  `;
}
