/** What was asked and what came back, as it went over the wire. */
import { html } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import { reasonOf, versionIn } from '../http.ts';
import type { Exchange } from '../http.ts';
import { duration, requestLine, shortened } from '../words.ts';

export function exchangeView(title: string, given: Exchange): TemplateResult {
  const { ask, status, sentAt, answeredAt } = given;
  const sent = Object.entries(ask.headers ?? {});
  return html`
    <div class="exchange">
      <h3>${title} <span class="ms">${duration(answeredAt - sentAt)}</span></h3>
      <pre class="asked">
${requestLine(ask)}${sent.map(([name, value]) => `\n${name}: ${shortened(value)}`)}${
          ask.body === undefined ? '' : `\n\n${shortened(JSON.stringify(ask.body), 60)}`
        }</pre>
      <pre class="answered"><b class=${status < 300 ? 'good' : 'bad'}>${status}</b>${answer(given)}</pre>
      ${given.freshnessText === '' ? '' : members(given)}
    </div>
  `;
}

function answer(given: Exchange): string {
  const { status, etag, token, body } = given;
  const lines = [
    etag === null ? null : `etag: ${etag}`,
    token === null ? null : `consistency-token: ${shortened(token, 30)}`,
    status >= 300 ? reasonOf(given) : `body: version ${versionIn(body) ?? 'none'}`,
  ];
  return lines
    .filter((line) => line !== null)
    .map((line) => `\n${line}`)
    .join('');
}

function members({ freshness }: Exchange): TemplateResult {
  return html`<dl class="members" aria-label="Freshness">
    ${Object.entries(freshness).map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
