/** Readside write API: made by `npm run client:write` from its OpenAPI document. */
/**
 * DO NOT MODIFY - This file has been generated using oazapfts.
 * See https://www.npmjs.com/package/oazapfts
 */
import * as Oazapfts from '@oazapfts/runtime';
import * as QS from '@oazapfts/runtime/query';
export const defaults: Oazapfts.Defaults<Oazapfts.CustomHeaders> = {
  headers: {},
  baseUrl: '/',
};
const oazapfts = Oazapfts.runtime(defaults);
export const servers = {
  thisService: '/',
};
export type Problem = {
  /** URI reference that identifies the kind of problem */
  type: string;
  title: string;
  status: number;
  detail?: string;
  /** the request, by its id */
  instance?: string;
  errors?: {
    /** JSON pointer (RFC 6901) into the body, or the parameter’s name */
    pointer: string;
    detail: string;
  }[];
  [key: string]: unknown;
};
/**
 * Create a user, with addresses and preferences if you like
 */
export function createUser(
  body: {
    /** unique without regard to case */
    email: string;
    fullName: string;
    displayName?: string | null;
    /** E.164, with separators if you like */
    phone?: string | null;
    avatarUrl?: string | null;
    bio?: string | null;
    /** BCP 47 language tag */
    locale?: string | null;
    status?: 'active' | 'suspended' | 'closed';
    addresses?: {
      label: string;
      line1: string;
      city: string;
      /** ISO 3166-1 alpha-2 */
      country: string;
      line2?: string | null;
      region?: string | null;
      postalCode?: string | null;
      /** at most one address of a user; false when left out */
      isPrimary?: boolean;
    }[];
    preferences?: {
      [key: string]: unknown;
    };
  },
  {
    idempotencyKey,
  }: {
    idempotencyKey?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 201;
        data: {
          /** the user’s id */
          id: string;
          /** of the user */
          version: number;
        };
      }
    | {
        status: 400;
        data: Problem;
      }
    | {
        status: 401;
        data: Problem;
      }
    | {
        status: 403;
        data: Problem;
      }
    | {
        status: 408;
        data: Problem;
      }
    | {
        status: 409;
        data: Problem;
      }
    | {
        status: 413;
        data: Problem;
      }
    | {
        status: 415;
        data: Problem;
      }
    | {
        status: 422;
        data: Problem;
      }
    | {
        status: 429;
        data: Problem;
      }
    | {
        status: 431;
        data: Problem;
      }
    | {
        status: 500;
        data: Problem;
      }
    | {
        status: 503;
        data: Problem;
      }
  >(
    '/users',
    oazapfts.json({
      ...opts,
      method: 'POST',
      body,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'idempotency-key': idempotencyKey,
      }),
    }),
  );
}
/**
 * Change some fields of a user
 */
export function updateUser(
  id: string,
  body: {
    /** unique without regard to case */
    email?: string;
    fullName?: string;
    displayName?: string | null;
    /** E.164, with separators if you like */
    phone?: string | null;
    avatarUrl?: string | null;
    bio?: string | null;
    /** BCP 47 language tag */
    locale?: string | null;
    status?: 'active' | 'suspended' | 'closed';
  },
  {
    idempotencyKey,
    ifMatch,
  }: {
    idempotencyKey?: string;
    ifMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          /** the user’s id */
          id: string;
          /** of the user */
          version: number;
        };
      }
    | {
        status: 400;
        data: Problem;
      }
    | {
        status: 401;
        data: Problem;
      }
    | {
        status: 403;
        data: Problem;
      }
    | {
        status: 404;
        data: Problem;
      }
    | {
        status: 408;
        data: Problem;
      }
    | {
        status: 409;
        data: Problem;
      }
    | {
        status: 412;
        data: Problem;
      }
    | {
        status: 413;
        data: Problem;
      }
    | {
        status: 414;
        data: Problem;
      }
    | {
        status: 415;
        data: Problem;
      }
    | {
        status: 422;
        data: Problem;
      }
    | {
        status: 429;
        data: Problem;
      }
    | {
        status: 431;
        data: Problem;
      }
    | {
        status: 500;
        data: Problem;
      }
    | {
        status: 503;
        data: Problem;
      }
  >(
    `/users/${encodeURIComponent(id)}`,
    oazapfts.json({
      ...opts,
      method: 'PATCH',
      body,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'idempotency-key': idempotencyKey,
        'if-match': ifMatch,
      }),
    }),
  );
}
/**
 * Delete a user and all that is theirs
 */
export function deleteUser(
  id: string,
  {
    erase,
    idempotencyKey,
    ifMatch,
  }: {
    erase?: boolean;
    idempotencyKey?: string;
    ifMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          /** the user’s id */
          id: string;
          /** of the user */
          version: number;
          /** what it is noted under */
          erasure?: string;
        };
      }
    | {
        status: 400;
        data: Problem;
      }
    | {
        status: 401;
        data: Problem;
      }
    | {
        status: 403;
        data: Problem;
      }
    | {
        status: 404;
        data: Problem;
      }
    | {
        status: 408;
        data: Problem;
      }
    | {
        status: 412;
        data: Problem;
      }
    | {
        status: 413;
        data: Problem;
      }
    | {
        status: 414;
        data: Problem;
      }
    | {
        status: 415;
        data: Problem;
      }
    | {
        status: 422;
        data: Problem;
      }
    | {
        status: 429;
        data: Problem;
      }
    | {
        status: 431;
        data: Problem;
      }
    | {
        status: 500;
        data: Problem;
      }
    | {
        status: 503;
        data: Problem;
      }
  >(
    `/users/${encodeURIComponent(id)}${QS.query(
      QS.explode({
        erase,
      }),
    )}`,
    {
      ...opts,
      method: 'DELETE',
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'idempotency-key': idempotencyKey,
        'if-match': ifMatch,
      }),
    },
  );
}
/**
 * Replace a user, the addresses and the preferences in one transaction
 */
export function replaceProfile(
  id: string,
  body: {
    /** unique without regard to case */
    email: string;
    fullName: string;
    displayName?: string | null;
    /** E.164, with separators if you like */
    phone?: string | null;
    avatarUrl?: string | null;
    bio?: string | null;
    /** BCP 47 language tag */
    locale?: string | null;
    status?: 'active' | 'suspended' | 'closed';
    addresses: {
      /** the address’s id */
      id?: string;
      label: string;
      line1: string;
      city: string;
      /** ISO 3166-1 alpha-2 */
      country: string;
      line2?: string | null;
      region?: string | null;
      postalCode?: string | null;
      /** at most one address of a user; false when left out */
      isPrimary?: boolean;
    }[];
    preferences: {
      [key: string]: unknown;
    };
  },
  {
    idempotencyKey,
    ifMatch,
  }: {
    idempotencyKey?: string;
    ifMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          /** the user’s id */
          id: string;
          /** of the user */
          version: number;
        };
      }
    | {
        status: 400;
        data: Problem;
      }
    | {
        status: 401;
        data: Problem;
      }
    | {
        status: 403;
        data: Problem;
      }
    | {
        status: 404;
        data: Problem;
      }
    | {
        status: 408;
        data: Problem;
      }
    | {
        status: 409;
        data: Problem;
      }
    | {
        status: 412;
        data: Problem;
      }
    | {
        status: 413;
        data: Problem;
      }
    | {
        status: 414;
        data: Problem;
      }
    | {
        status: 415;
        data: Problem;
      }
    | {
        status: 422;
        data: Problem;
      }
    | {
        status: 429;
        data: Problem;
      }
    | {
        status: 431;
        data: Problem;
      }
    | {
        status: 500;
        data: Problem;
      }
    | {
        status: 503;
        data: Problem;
      }
  >(
    `/users/${encodeURIComponent(id)}/profile`,
    oazapfts.json({
      ...opts,
      method: 'PUT',
      body,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'idempotency-key': idempotencyKey,
        'if-match': ifMatch,
      }),
    }),
  );
}
/**
 * Add an address
 */
export function addAddress(
  id: string,
  body: {
    label: string;
    line1: string;
    city: string;
    /** ISO 3166-1 alpha-2 */
    country: string;
    line2?: string | null;
    region?: string | null;
    postalCode?: string | null;
    /** at most one address of a user; false when left out */
    isPrimary?: boolean;
  },
  {
    idempotencyKey,
    ifMatch,
  }: {
    idempotencyKey?: string;
    ifMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 201;
        data: {
          /** the user’s id */
          id: string;
          /** of the user */
          version: number;
        };
      }
    | {
        status: 400;
        data: Problem;
      }
    | {
        status: 401;
        data: Problem;
      }
    | {
        status: 403;
        data: Problem;
      }
    | {
        status: 404;
        data: Problem;
      }
    | {
        status: 408;
        data: Problem;
      }
    | {
        status: 409;
        data: Problem;
      }
    | {
        status: 412;
        data: Problem;
      }
    | {
        status: 413;
        data: Problem;
      }
    | {
        status: 414;
        data: Problem;
      }
    | {
        status: 415;
        data: Problem;
      }
    | {
        status: 422;
        data: Problem;
      }
    | {
        status: 429;
        data: Problem;
      }
    | {
        status: 431;
        data: Problem;
      }
    | {
        status: 500;
        data: Problem;
      }
    | {
        status: 503;
        data: Problem;
      }
  >(
    `/users/${encodeURIComponent(id)}/addresses`,
    oazapfts.json({
      ...opts,
      method: 'POST',
      body,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'idempotency-key': idempotencyKey,
        'if-match': ifMatch,
      }),
    }),
  );
}
/**
 * Replace an address
 */
export function replaceAddress(
  id: string,
  addressId: string,
  body: {
    label: string;
    line1: string;
    city: string;
    /** ISO 3166-1 alpha-2 */
    country: string;
    line2?: string | null;
    region?: string | null;
    postalCode?: string | null;
    /** at most one address of a user; false when left out */
    isPrimary?: boolean;
  },
  {
    idempotencyKey,
    ifMatch,
  }: {
    idempotencyKey?: string;
    ifMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          /** the user’s id */
          id: string;
          /** of the user */
          version: number;
        };
      }
    | {
        status: 400;
        data: Problem;
      }
    | {
        status: 401;
        data: Problem;
      }
    | {
        status: 403;
        data: Problem;
      }
    | {
        status: 404;
        data: Problem;
      }
    | {
        status: 408;
        data: Problem;
      }
    | {
        status: 409;
        data: Problem;
      }
    | {
        status: 412;
        data: Problem;
      }
    | {
        status: 413;
        data: Problem;
      }
    | {
        status: 414;
        data: Problem;
      }
    | {
        status: 415;
        data: Problem;
      }
    | {
        status: 422;
        data: Problem;
      }
    | {
        status: 429;
        data: Problem;
      }
    | {
        status: 431;
        data: Problem;
      }
    | {
        status: 500;
        data: Problem;
      }
    | {
        status: 503;
        data: Problem;
      }
  >(
    `/users/${encodeURIComponent(id)}/addresses/${encodeURIComponent(addressId)}`,
    oazapfts.json({
      ...opts,
      method: 'PUT',
      body,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'idempotency-key': idempotencyKey,
        'if-match': ifMatch,
      }),
    }),
  );
}
/**
 * Delete an address
 */
export function deleteAddress(
  id: string,
  addressId: string,
  {
    idempotencyKey,
    ifMatch,
  }: {
    idempotencyKey?: string;
    ifMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          /** the user’s id */
          id: string;
          /** of the user */
          version: number;
        };
      }
    | {
        status: 400;
        data: Problem;
      }
    | {
        status: 401;
        data: Problem;
      }
    | {
        status: 403;
        data: Problem;
      }
    | {
        status: 404;
        data: Problem;
      }
    | {
        status: 408;
        data: Problem;
      }
    | {
        status: 412;
        data: Problem;
      }
    | {
        status: 413;
        data: Problem;
      }
    | {
        status: 414;
        data: Problem;
      }
    | {
        status: 415;
        data: Problem;
      }
    | {
        status: 422;
        data: Problem;
      }
    | {
        status: 429;
        data: Problem;
      }
    | {
        status: 431;
        data: Problem;
      }
    | {
        status: 500;
        data: Problem;
      }
    | {
        status: 503;
        data: Problem;
      }
  >(`/users/${encodeURIComponent(id)}/addresses/${encodeURIComponent(addressId)}`, {
    ...opts,
    method: 'DELETE',
    headers: oazapfts.mergeHeaders(opts?.headers, {
      'idempotency-key': idempotencyKey,
      'if-match': ifMatch,
    }),
  });
}
/**
 * Change some preferences by a merge patch
 */
export function mergePreferences(
  id: string,
  body: {
    [key: string]: unknown;
  },
  {
    idempotencyKey,
    ifMatch,
  }: {
    idempotencyKey?: string;
    ifMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          /** the user’s id */
          id: string;
          /** of the user */
          version: number;
        };
      }
    | {
        status: 400;
        data: Problem;
      }
    | {
        status: 401;
        data: Problem;
      }
    | {
        status: 403;
        data: Problem;
      }
    | {
        status: 404;
        data: Problem;
      }
    | {
        status: 408;
        data: Problem;
      }
    | {
        status: 412;
        data: Problem;
      }
    | {
        status: 413;
        data: Problem;
      }
    | {
        status: 414;
        data: Problem;
      }
    | {
        status: 415;
        data: Problem;
      }
    | {
        status: 422;
        data: Problem;
      }
    | {
        status: 429;
        data: Problem;
      }
    | {
        status: 431;
        data: Problem;
      }
    | {
        status: 500;
        data: Problem;
      }
    | {
        status: 503;
        data: Problem;
      }
  >(
    `/users/${encodeURIComponent(id)}/preferences`,
    oazapfts.json({
      ...opts,
      method: 'PATCH',
      body,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'idempotency-key': idempotencyKey,
        'if-match': ifMatch,
      }),
    }),
  );
}
/**
 * Set one preference to a value, null included
 */
export function setPreference(
  id: string,
  key: string,
  body: {
    /** any JSON value; numbers keep their value */
    value: unknown;
  },
  {
    idempotencyKey,
    ifMatch,
  }: {
    idempotencyKey?: string;
    ifMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          /** the user’s id */
          id: string;
          /** of the user */
          version: number;
        };
      }
    | {
        status: 400;
        data: Problem;
      }
    | {
        status: 401;
        data: Problem;
      }
    | {
        status: 403;
        data: Problem;
      }
    | {
        status: 404;
        data: Problem;
      }
    | {
        status: 408;
        data: Problem;
      }
    | {
        status: 412;
        data: Problem;
      }
    | {
        status: 413;
        data: Problem;
      }
    | {
        status: 414;
        data: Problem;
      }
    | {
        status: 415;
        data: Problem;
      }
    | {
        status: 422;
        data: Problem;
      }
    | {
        status: 429;
        data: Problem;
      }
    | {
        status: 431;
        data: Problem;
      }
    | {
        status: 500;
        data: Problem;
      }
    | {
        status: 503;
        data: Problem;
      }
  >(
    `/users/${encodeURIComponent(id)}/preferences/${encodeURIComponent(key)}`,
    oazapfts.json({
      ...opts,
      method: 'PUT',
      body,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'idempotency-key': idempotencyKey,
        'if-match': ifMatch,
      }),
    }),
  );
}
/**
 * Delete one preference
 */
export function deletePreference(
  id: string,
  key: string,
  {
    idempotencyKey,
    ifMatch,
  }: {
    idempotencyKey?: string;
    ifMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          /** the user’s id */
          id: string;
          /** of the user */
          version: number;
        };
      }
    | {
        status: 400;
        data: Problem;
      }
    | {
        status: 401;
        data: Problem;
      }
    | {
        status: 403;
        data: Problem;
      }
    | {
        status: 404;
        data: Problem;
      }
    | {
        status: 408;
        data: Problem;
      }
    | {
        status: 412;
        data: Problem;
      }
    | {
        status: 413;
        data: Problem;
      }
    | {
        status: 414;
        data: Problem;
      }
    | {
        status: 415;
        data: Problem;
      }
    | {
        status: 422;
        data: Problem;
      }
    | {
        status: 429;
        data: Problem;
      }
    | {
        status: 431;
        data: Problem;
      }
    | {
        status: 500;
        data: Problem;
      }
    | {
        status: 503;
        data: Problem;
      }
  >(`/users/${encodeURIComponent(id)}/preferences/${encodeURIComponent(key)}`, {
    ...opts,
    method: 'DELETE',
    headers: oazapfts.mergeHeaders(opts?.headers, {
      'idempotency-key': idempotencyKey,
      'if-match': ifMatch,
    }),
  });
}
