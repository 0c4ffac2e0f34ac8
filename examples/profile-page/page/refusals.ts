/** Commands that are refused on purpose: the change is seen at once, and taken back when the answer comes. */
import { perform } from './commands.ts';
import { ifMatch } from './edits.ts';
import { exchange } from './http.ts';
import type { Store } from './store.ts';

export interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  readonly button: string;
  readonly provoke: (store: Store) => Promise<void>;
}

const pathOf = (store: Store): string => `/write/users/${store.get().session?.userId ?? ''}`;

export const REFUSALS: readonly Refusal[] = [
  {
    status: 412,
    title: 'Somebody else was faster',
    text: 'A second writer changes the language after you have read it. Your command names the version that you saw with If-Match.',
    button: 'Write on an old version',
    async provoke(store) {
      const seen = ifMatch(store.get());
      const locale = store.get().document?.locale === 'fr-FR' ? 'en-GB' : 'fr-FR';
      await exchange({ method: 'PATCH', path: pathOf(store), body: { locale } });
      const bio = 'Written on a version that has gone.';
      await perform(store, {
        what: 'bio, on an old version',
        ask: { method: 'PATCH', path: pathOf(store), headers: seen, body: { bio } },
        change: (profile) => ({ ...profile, bio }),
      });
    },
  },
  {
    status: 409,
    title: 'The address is taken',
    text: 'E-mail addresses are unique, whatever their case. Another user has this one.',
    button: 'Take another’s e-mail',
    async provoke(store) {
      const email = (store.get().session?.takenEmail ?? '').toUpperCase();
      await perform(store, {
        what: `e-mail ${email}`,
        ask: { method: 'PATCH', path: pathOf(store), body: { email } },
        change: (profile) => ({ ...profile, email }),
      });
    },
  },
  {
    status: 422,
    title: 'The key was used before',
    text: 'An Idempotency-Key stands for one request. The same key with another body is a mistake, and not done.',
    button: 'Use a key twice',
    async provoke(store) {
      const headers = { 'idempotency-key': `profile-page-${crypto.randomUUID()}` };
      const path = pathOf(store);
      const fullName = store.get().document?.fullName;
      await exchange({ method: 'PATCH', path, headers, body: { fullName } });
      const other = 'Somebody Else';
      await perform(store, {
        what: 'full name, with a used key',
        ask: { method: 'PATCH', path, headers, body: { fullName: other } },
        change: (profile) => ({ ...profile, fullName: other }),
      });
    },
  },
  {
    status: 422,
    title: 'The value cannot be stored',
    text: 'The form lets it through and the schema too; Postgres has no such text, and the API says so before it is asked.',
    button: 'Write a NUL',
    async provoke(store) {
      const bio = 'Half a character\u0000.';
      await perform(store, {
        what: 'bio, with a NUL',
        ask: { method: 'PATCH', path: pathOf(store), body: { bio } },
        change: (profile) => ({ ...profile, bio: bio.replace('\u0000', '␀') }),
      });
    },
  },
];
