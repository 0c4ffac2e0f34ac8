/** The question before an act: what it does, what is lost by it, and the very command that it is. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { Act } from '../../../shared/acts.ts';
import { commandOf, wordsOfAct } from '../data/act-words.ts';
import type { Hands } from '../data/hands.ts';

const KEEP = [
  ['', 'no'],
  ['30m', 'for 30 minutes'],
  ['1h', 'for an hour'],
  ['1d', 'for a day'],
] as const;

export function confirmDialog(question: Act | null, hands: Hands): TemplateResult {
  return html`<dialog id="confirm" aria-labelledby="confirm-title" @close=${() => hands.ask(null)}>
    ${question === null ? html`<h2 id="confirm-title">Nothing to confirm</h2>` : content(question, hands)}
  </dialog>`;
}

function content(question: Act, hands: Hands): TemplateResult {
  const { title, does, loses, button } = wordsOfAct(question);
  return html`<form method="dialog" @submit=${() => hands.run(question)}>
    <h2 id="confirm-title">${title}</h2>
    <p>${does}</p>
    ${loses === undefined ? nothing : html`<p class="loses">${loses}</p>`} ${options(question, hands)}
    <p class="command-label">This runs</p>
    <pre class="command">${commandOf(question)}</pre>
    <div class="acts">
      <button type="button" class="plain" @click=${() => hands.ask(null)}>Cancel</button>
      <button type="submit" class=${loses === undefined ? 'main' : 'danger'}>${button}</button>
    </div>
  </form>`;
}

/** How it is done, where there is a choice. */
function options(question: Act, hands: Hands): TemplateResult | typeof nothing {
  if (question.act === 'rebuild') {
    const { projection, keepOld = '' } = question.params;
    const choose = (value: string): void =>
      hands.ask({ act: 'rebuild', params: value === '' ? { projection } : { projection, keepOld: value } });
    return html`<label class="option"
      >Keep the documents that are replaced, to be able to roll back
      <select name="keepOld" @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
        ${KEEP.map(([value, words]) => html`<option value=${value} ?selected=${value === keepOld}>${words}</option>`)}
      </select></label
    >`;
  }
  if (question.act === 'verify') {
    const { params } = question;
    const choose = (all: boolean): void => hands.ask({ act: 'verify', params: { ...params, all } });
    return html`<label class="option check"
      ><input
        type="checkbox"
        name="all"
        .checked=${params.all === true}
        @change=${(event: Event) => choose((event.target as HTMLInputElement).checked)}
      />
      every document, not a sample</label
    >`;
  }
  return nothing;
}
