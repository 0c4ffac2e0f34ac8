/** Requests that write a whole object may leave out what is null or the default; commands get it all. */
import type { AddressFields } from '../commands/address-rows.ts';
import type { UserFields } from '../commands/user-row.ts';
import { ProblemError } from '../../shared/problem.ts';
import { isJsonObject } from '../json.ts';
import type { JsonObject } from '../json.ts';

type Given<T, Required extends keyof T> = Pick<T, Required> & {
  readonly [K in Exclude<keyof T, Required>]?: T[K] | undefined;
};

export function wholeUserOf(given: Given<UserFields, 'email' | 'fullName'>): UserFields {
  return {
    email: given.email,
    fullName: given.fullName,
    displayName: given.displayName ?? null,
    phone: given.phone ?? null,
    avatarUrl: given.avatarUrl ?? null,
    bio: given.bio ?? null,
    locale: given.locale ?? null,
    status: given.status ?? 'active',
  };
}

export function wholeAddressOf(
  given: Given<AddressFields, 'label' | 'line1' | 'city' | 'country'>,
): AddressFields {
  return {
    label: given.label,
    line1: given.line1,
    line2: given.line2 ?? null,
    city: given.city,
    region: given.region ?? null,
    postalCode: given.postalCode ?? null,
    country: given.country,
    isPrimary: given.isPrimary ?? false,
  };
}

/** What the schema lets through as an object but is none: a number that is kept by its text, like 1.10. */
export function preferencesOf(given: JsonObject, pointer: string): JsonObject {
  if (isJsonObject(given)) return given;
  throw new ProblemError(400, 'invalid-request', 'The request does not fit its schema', {
    errors: [{ pointer, detail: 'must be object' }],
  });
}
