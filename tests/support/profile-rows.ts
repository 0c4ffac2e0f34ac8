/** Rows of the profile's tables, and the fields of the document that come of them. */
import type { RawRow } from '../../services/shared/projection/change-event.ts';
import { changesOf } from './given-when-then.ts';

export const USER = '00000000-0000-7000-8000-000000000001';
const AT = '2026-11-23T18:00:00.5Z';
const AT_FULL = '2026-11-23T18:00:00.500000Z';

export const users = changesOf('users', USER);
export const addresses = changesOf('addresses', USER);
export const preferences = changesOf('preferences', USER);

export function userRow(columns: RawRow = {}): RawRow {
  return {
    id: USER,
    email: 'ada@example.com',
    full_name: 'Ada',
    display_name: null,
    phone: null,
    avatar_url: null,
    bio: null,
    locale: null,
    status: 'active',
    version: 1,
    created_at: AT,
    updated_at: AT,
    ...columns,
  };
}

export const userFields = {
  id: USER,
  email: 'ada@example.com',
  fullName: 'Ada',
  displayName: null,
  phone: null,
  avatarUrl: null,
  bio: null,
  locale: null,
  status: 'active',
  version: 1,
  createdAt: AT_FULL,
  updatedAt: AT_FULL,
};

/** A user without addresses and preferences. */
export const bareDocument = { ...userFields, addresses: [], preferences: {} };

export function addressRow(id: string, columns: RawRow = {}): RawRow {
  return {
    id,
    user_id: USER,
    label: 'home',
    line1: '1 rue de la Paix',
    line2: null,
    city: 'Paris',
    region: null,
    postal_code: null,
    country: 'FR',
    is_primary: false,
    created_at: AT,
    updated_at: AT,
    ...columns,
  };
}

export function addressFields(id: string): Record<string, unknown> {
  return {
    id,
    label: 'home',
    line1: '1 rue de la Paix',
    line2: null,
    city: 'Paris',
    region: null,
    postalCode: null,
    country: 'FR',
    isPrimary: false,
    createdAt: AT_FULL,
    updatedAt: AT_FULL,
  };
}

/** `json`: the value's text. */
export function preferenceRow(key: string, json: string): RawRow {
  return { user_id: USER, key, value: json, updated_at: AT };
}
