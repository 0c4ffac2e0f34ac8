/** The commands behind the form's buttons. */
import type { Command } from './commands.ts';
import type { State } from './store.ts';
import type { Address, Profile } from './types.ts';

/** The version that the user has seen or made: a command on any other is refused with 412. */
export function ifMatch({ document, acknowledged }: State): Readonly<Record<string, string>> {
  return { 'if-match': `"${Math.max(document?.version ?? 0, acknowledged)}"` };
}

const pathOf = ({ session }: State): string => `/write/users/${session?.userId ?? ''}`;

export function changeFields(state: State, fields: Partial<Profile>): Command {
  return {
    what: Object.keys(fields).join(', '),
    ask: { method: 'PATCH', path: pathOf(state), headers: ifMatch(state), body: fields },
    change: (profile) => ({ ...profile, ...fields }),
  };
}

export function setPreference(state: State, key: string, value: unknown): Command {
  return {
    what: `preference ${key}`,
    ask: {
      method: 'PUT',
      path: `${pathOf(state)}/preferences/${encodeURIComponent(key)}`,
      headers: ifMatch(state),
      body: { value },
    },
    change: (profile) => ({ ...profile, preferences: { ...profile.preferences, [key]: value } }),
  };
}

export function addAddress(state: State, address: Omit<Address, 'id' | 'isPrimary'>): Command {
  const added = { ...address, isPrimary: false };
  return {
    what: `address ${address.label}`,
    ask: { method: 'POST', path: `${pathOf(state)}/addresses`, headers: ifMatch(state), body: added },
    // Until it is known, under an id of its own.
    change: (profile) => ({
      ...profile,
      addresses: [...profile.addresses, { ...added, id: `new ${address.label}` }],
    }),
  };
}

export function removeAddress(state: State, { id, label }: Address): Command {
  return {
    what: `address ${label} removed`,
    ask: { method: 'DELETE', path: `${pathOf(state)}/addresses/${id}`, headers: ifMatch(state) },
    change: (profile) => ({ ...profile, addresses: profile.addresses.filter((each) => each.id !== id) }),
  };
}
