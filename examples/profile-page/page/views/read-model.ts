/** The document as the stream tells it, with what is under way on top; what has just changed is marked. */
import { html } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import { keyed } from 'lit-html/directives/keyed.js';
import { MARKED_MS, shown } from '../commands.ts';
import { differencesOf } from '../differences.ts';
import type { State } from '../store.ts';
import type { Profile } from '../types.ts';
import { duration, plain } from '../words.ts';

export function readModel(state: State): TemplateResult {
  const profile = shown(state);
  return html`
    <section class="card read" aria-labelledby="read-title">
      <h2 id="read-title">Read <span class="to">from MongoDB, live from the read API</span></h2>
      ${
        profile
          ? html`${standstill(state)}${content(state, profile)}`
          : html`<p class="empty">
              ${state.link === 'connecting' ? 'Listening…' : 'There is no such profile any more.'}
            </p>`
      }
    </section>
  `;
}

/** What the reader of a document that stands still has to know. */
function standstill({ projector, asOf, pending, now }: State): TemplateResult | string {
  if (projector !== 'off' || asOf === null) return '';
  const [oldest] = pending;
  const waits =
    oldest === undefined
      ? 'Nothing waits for it yet: change something.'
      : `${pending.length} of your commands ${pending.length === 1 ? 'waits' : 'wait'}, the oldest for ${duration(now - oldest.sentAt)}.`;
  return html`<p class="notice warn">
    Behind by <strong>${duration(Date.now() - asOf)}</strong> and growing. ${waits}
  </p>`;
}

function content(state: State, profile: Profile): TemplateResult {
  const optimistic = new Set(differencesOf(state.document, profile));
  const field = (path: string, label: string, value: unknown): TemplateResult =>
    row(state, optimistic.has(path), path, label, value);
  return html`
    <dl>
      ${field('fullName', 'fullName', profile.fullName)} ${field('email', 'email', profile.email)}
      ${field('bio', 'bio', profile.bio)} ${field('locale', 'locale', profile.locale)}
      ${field('version', 'version', profile.version)}
    </dl>
    <h3>preferences</h3>
    <dl>
      ${Object.entries(profile.preferences).map(([key, value]) => field(`preferences.${key}`, key, value))}
    </dl>
    <h3>addresses</h3>
    <dl>
      ${profile.addresses.map((address) =>
        field(
          `addresses.${address.id}`,
          address.label,
          `${address.line1}, ${address.city} (${address.country})${address.isPrimary ? ' · primary' : ''}`,
        ),
      )}
    </dl>
    ${provenance(state)}
  `;
}

function row(
  state: State,
  isOptimistic: boolean,
  path: string,
  label: string,
  value: unknown,
): TemplateResult {
  const changedAt = state.changed.get(path) ?? 0;
  const rolledBackAt = state.rolledBack.get(path) ?? 0;
  const isMarked = (at: number): boolean => at > 0 && state.now - at < MARKED_MS;
  const [mark, tag] = isOptimistic
    ? ['optimistic', 'not confirmed yet']
    : isMarked(rolledBackAt) && rolledBackAt >= changedAt
      ? ['rolled-back', 'rolled back']
      : isMarked(changedAt)
        ? ['changed', 'changed']
        : ['', ''];
  return html`${keyed(
    `${mark} ${Math.max(changedAt, rolledBackAt)}`,
    html`<div class="value ${mark}" data-path=${path}>
      <dt>${label}</dt>
      <dd>
        ${value === null ? html`<span class="none">null</span>` : plain(value)}
        ${tag === '' ? '' : html`<span class="tag">${tag}</span>`}
      </dd>
    </div>`,
  )}`;
}

function provenance({ freshness, changed, now }: State): TemplateResult {
  const latest = Math.max(0, ...changed.values());
  return html`
    <p class="provenance">
      ${latest === 0 ? '' : html`Last change seen ${duration(now - latest)} ago. `}Kafka position
      <code>${freshness['position'] ?? '–'}</code>, WAL <code>${freshness['lsn'] ?? '–'}</code>, applied
      <code>${time(freshness['applied-at'])}</code>
    </p>
  `;
}

function time(iso: string | undefined): string {
  return iso === undefined ? '–' : iso.slice(11, 23);
}
