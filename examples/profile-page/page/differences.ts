/** Which fields of two documents differ, each by its path: `bio`, `preferences.theme`, `addresses.<id>`. */
import type { Profile } from './types.ts';

export function differencesOf(before: Profile | null, after: Profile | null): readonly string[] {
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((path) => old.get(path) !== now.get(path));
}

function fieldsOf(profile: Profile | null): ReadonlyMap<string, string> {
  if (!profile) return new Map();
  const { addresses, preferences, ...fields } = profile;
  const entries: ReadonlyArray<readonly [string, unknown]> = [
    ...Object.entries(fields),
    ...Object.entries(preferences).map(([key, value]) => [`preferences.${key}`, value] as const),
    ...addresses.map((address) => [`addresses.${address.id}`, address] as const),
  ];
  return new Map(entries.map(([path, value]) => [path, JSON.stringify(value)]));
}
