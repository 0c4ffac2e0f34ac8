/** What became of the last commands, and what those still wait for that are under way. */
import { html } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { Outcome, Pending, State } from '../store.ts';
import { duration } from '../words.ts';

export function outcomes({ pending, outcomes: past, now }: State): TemplateResult {
  return html`
    <section class="card" aria-labelledby="outcomes-title">
      <h2 id="outcomes-title">Your commands</h2>
      ${pending.length + past.length === 0 ? html`<p class="empty">Change something, and see here what becomes of it.</p>` : ''}
      <ul class="outcomes">
        ${repeat(
          pending.toReversed(),
          ({ number }) => number,
          (each) => underWay(each, now),
        )}
      </ul>
      <div role="log" aria-label="What became of your commands">
        <ul class="outcomes">
          ${repeat(past, ({ number }) => number, outcome)}
        </ul>
      </div>
    </section>
  `;
}

function underWay({ what, version, sentAt }: Pending, now: number): TemplateResult {
  const since = duration(now - sentAt);
  const text =
    version === null
      ? `sent ${since} ago`
      : `acknowledged as version ${version}; not in the read model for ${since}`;
  return html`<li class="pending"><span class="tag">pending</span> <b>${what}</b> <span>${text}</span></li>`;
}

function outcome({ what, kind, status, text }: Outcome): TemplateResult {
  return kind === 'applied'
    ? html`<li class="applied"><span class="tag good">applied</span> <b>${what}</b> <span>${text}</span></li>`
    : html`<li class="refused">
        <span class="tag bad">${kind === 'failed' ? 'failed' : (status ?? 'no answer')}</span> <b>${what}</b>
        <span>${kind === 'refused' ? 'rolled back' : 'not finished'}. ${text}</span>
      </li>`;
}
