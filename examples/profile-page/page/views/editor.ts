/** The write side: a form whose buttons are commands. */
import { html } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { perform, shown } from '../commands.ts';
import type { Command } from '../commands.ts';
import { addAddress, changeFields, removeAddress, setPreference } from '../edits.ts';
import type { State, Store } from '../store.ts';
import type { Profile } from '../types.ts';
import { plain } from '../words.ts';

const LOCALES = ['en-GB', 'en-US', 'fr-FR', 'de-DE', 'ja-JP'];
const THEMES = ['light', 'dark', 'system'];

export function editor(state: State, store: Store): TemplateResult {
  const profile = shown(state);
  return html`
    <section class="card" aria-labelledby="edit-title">
      <h2 id="edit-title">Write <span class="to">to Postgres, by the write API</span></h2>
      ${profile ? forms(state, store, profile) : html`<p class="empty">Waiting for the profile.</p>`}
    </section>
  `;
}

function forms(state: State, store: Store, profile: Profile): TemplateResult {
  const send = (command: Command): void => void perform(store, command);
  return html`
    <form @submit=${(event: Event) => save(event, state, store, profile)}>
      ${input(state, store, 'fullName', 'Full name', profile.fullName)}
      <label class="field">
        <span>Bio</span>
        <textarea
          name="bio"
          rows="2"
          maxlength="10000"
          .value=${live(state.drafts['bio'] ?? profile.bio ?? '')}
          @input=${draft(store, 'bio')}
        ></textarea>
      </label>
      <div class="row">
        ${select('locale', 'Language', LOCALES, state.drafts['locale'] ?? profile.locale ?? '', draft(store, 'locale'))}
        <button class="primary" ?disabled=${Object.keys(state.drafts).length === 0}>Save</button>
      </div>
    </form>
    <h3>Preferences</h3>
    <div class="row">
      ${select('theme', 'Theme', THEMES, plain(profile.preferences['theme'] ?? ''), (event) =>
        send(setPreference(store.get(), 'theme', (event.target as HTMLSelectElement).value)),
      )}
      <label class="check">
        <input
          type="checkbox"
          name="newsletter"
          .checked=${live(profile.preferences['newsletter'] === true)}
          @change=${(event: Event) =>
            send(setPreference(store.get(), 'newsletter', (event.target as HTMLInputElement).checked))}
        />
        Newsletter
      </label>
    </div>
    <h3>Addresses</h3>
    <ul class="addresses">
      ${profile.addresses.map(
        (address) => html`
          <li>
            <span>${address.label}, ${address.city} (${address.country})</span>
            <button
              class="small"
              aria-label="Remove address ${address.label}"
              ?disabled=${address.id.startsWith('new ')}
              @click=${() => send(removeAddress(store.get(), address))}
            >
              Remove
            </button>
          </li>
        `,
      )}
    </ul>
    <form class="row" @submit=${(event: Event) => add(event, store)}>
      <label class="field"
        ><span>Label</span><input name="label" required maxlength="60" placeholder="work"
      /></label>
      <label class="field"
        ><span>Street</span><input name="line1" required maxlength="200" placeholder="12 rue Mercière"
      /></label>
      <label class="field"
        ><span>City</span><input name="city" required maxlength="120" placeholder="Lyon"
      /></label>
      <label class="field narrow"
        ><span>Country</span
        ><input
          name="country"
          required
          pattern="[A-Z]{2}"
          maxlength="2"
          placeholder="FR"
          title="two capital letters"
      /></label>
      <button>Add</button>
    </form>
  `;
}

function input(state: State, store: Store, name: string, label: string, value: string): TemplateResult {
  return html`<label class="field">
    <span>${label}</span>
    <input
      name=${name}
      required
      maxlength="200"
      autocomplete="off"
      .value=${live(state.drafts[name] ?? value)}
      @input=${draft(store, name)}
    />
  </label>`;
}

function select(
  name: string,
  label: string,
  options: readonly string[],
  value: string,
  onChange: (event: Event) => void,
): TemplateResult {
  const all = options.includes(value) ? options : [value, ...options];
  return html`<label class="field">
    <span>${label}</span>
    <select name=${name} @change=${onChange}>
      ${all.map((each) => html`<option value=${each} .selected=${live(each === value)}>${each === '' ? 'none' : each}</option>`)}
    </select>
  </label>`;
}

const draft =
  (store: Store, name: string) =>
  (event: Event): void => {
    const { value } = event.target as HTMLInputElement;
    store.set(({ drafts }) => ({ drafts: { ...drafts, [name]: value } }));
  };

function save(event: Event, state: State, store: Store, profile: Profile): void {
  event.preventDefault();
  const before: Readonly<Record<string, unknown>> = { ...profile };
  const fields = Object.fromEntries(
    Object.entries(state.drafts).filter(([name, value]) => before[name] !== value),
  );
  store.set({ drafts: {} });
  if (Object.keys(fields).length > 0) void perform(store, changeFields(store.get(), fields));
}

function add(event: Event, store: Store): void {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  const data = new FormData(form);
  const of = (name: string): string => plain(data.get(name)).trim();
  void perform(
    store,
    addAddress(store.get(), {
      label: of('label'),
      line1: of('line1'),
      city: of('city'),
      country: of('country'),
    }),
  );
  form.reset();
}
