/** Something that was asked for, while it is asked for, and why it is not there. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { Asked } from '../data/state.ts';

export function asked<Value>(
  value: Asked<Value>,
  view: (value: Value) => TemplateResult,
): TemplateResult | typeof nothing {
  switch (value.kind) {
    case 'nothing':
      return nothing;
    case 'asking':
      return html`<p class="asking"><span class="busy" aria-hidden="true"></span> asking</p>`;
    case 'failed':
      return html`<p class="failure">${value.why}</p>`;
    case 'here':
      return view(value.value);
  }
}
