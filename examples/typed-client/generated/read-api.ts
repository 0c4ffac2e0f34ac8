/** Readside read API: made by `npm run client:write` from its OpenAPI document. */
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
export type History = {
  id: string;
  email: string;
  fullName: string;
  displayName: string | null;
  phone: string | null;
  avatarUrl: string | null;
  bio: string | null;
  locale: string | null;
  status: string;
  version: number;
  createdAt: string;
  updatedAt: string;
  addresses: {
    id: string;
    label: string | null;
    line1: string;
    line2: string | null;
    city: string;
    region: string | null;
    postalCode: string | null;
    country: string;
    isPrimary: boolean;
    createdAt: string;
    updatedAt: string;
  }[];
  preferences: {
    [key: string]: unknown;
  };
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
export type Profile = {
  id: string;
  email: string;
  fullName: string;
  displayName: string | null;
  phone: string | null;
  avatarUrl: string | null;
  bio: string | null;
  locale: string | null;
  status: string;
  version: number;
  createdAt: string;
  updatedAt: string;
  addresses: {
    id: string;
    label: string | null;
    line1: string;
    line2: string | null;
    city: string;
    region: string | null;
    postalCode: string | null;
    country: string;
    isPrimary: boolean;
    createdAt: string;
    updatedAt: string;
  }[];
  preferences: {
    [key: string]: unknown;
  };
};
export type Directory = {
  id: string;
  email: string;
  fullName: string;
  displayName: string | null;
  avatarUrl: string | null;
  status: string;
  version: number;
  createdAt: string;
  addresses: {
    id: string;
    city: string;
    country: string;
    createdAt: string;
  }[];
  preferences: {
    [key: string]: unknown;
  };
};
/**
 * One history by its id
 */
export function getHistory(
  id: string,
  {
    consistency,
    consistencyToken,
    prefer,
    ifNoneMatch,
  }: {
    consistency?: 'eventual' | 'source';
    consistencyToken?: string;
    prefer?: string;
    ifNoneMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: History;
      }
    | {
        status: 304;
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
        status: 414;
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
    `/profile_histories/${encodeURIComponent(id)}${QS.query(
      QS.explode({
        consistency,
      }),
    )}`,
    {
      ...opts,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'consistency-token': consistencyToken,
        prefer,
        'if-none-match': ifNoneMatch,
      }),
    },
  );
}
/**
 * Many of history, in pages
 */
export function listProfileHistories(
  {
    limit,
    cursor,
    consistency,
    consistencyToken,
    prefer,
    ifNoneMatch,
  }: {
    limit?: number;
    cursor?: string;
    consistency?: 'eventual' | 'source';
    consistencyToken?: string;
    prefer?: string;
    ifNoneMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          items: History[];
        };
      }
    | {
        status: 304;
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
    `/profile_histories${QS.query(
      QS.explode({
        limit,
        cursor,
        consistency,
      }),
    )}`,
    {
      ...opts,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'consistency-token': consistencyToken,
        prefer,
        'if-none-match': ifNoneMatch,
      }),
    },
  );
}
/**
 * How far a history is, for polling
 */
export function getHistoryVersion(
  id: string,
  {
    consistency,
    consistencyToken,
    prefer,
    ifNoneMatch,
  }: {
    consistency?: 'eventual' | 'source';
    consistencyToken?: string;
    prefer?: string;
    ifNoneMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          id: string;
          version: number;
        };
      }
    | {
        status: 304;
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
        status: 414;
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
    `/profile_histories/${encodeURIComponent(id)}/version${QS.query(
      QS.explode({
        consistency,
      }),
    )}`,
    {
      ...opts,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'consistency-token': consistencyToken,
        prefer,
        'if-none-match': ifNoneMatch,
      }),
    },
  );
}
/**
 * A history as it is now, and again whenever it changes
 */
export function listenToHistory(id: string, opts?: Oazapfts.RequestOpts) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: string;
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
        status: 414;
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
  >(`/profile_histories/${encodeURIComponent(id)}/events`, {
    ...opts,
  });
}
/**
 * What was changed, when and by whom, newest first
 */
export function getHistoryOfProfiles(
  id: string,
  {
    limit,
    cursor,
    consistencyToken,
    prefer,
    ifNoneMatch,
  }: {
    limit?: number;
    cursor?: string;
    consistencyToken?: string;
    prefer?: string;
    ifNoneMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          items: {
            /** from 1 on, which is the document’s first */
            number: number;
            /** created, changed: by a transaction. The others tell since when it is known to be so: found by a snapshot, or when the stream first told of it; rebuilt and repaired from the source. Without changes it is where the history begins. */
            kind: 'created' | 'changed' | 'found' | 'rebuilt' | 'repaired';
            /** commit time */
            at: string;
            /** what the writer calls itself: a name of an application or of whom it wrote for; null: not known */
            by: string | null;
            /** Postgres’ id of it */
            transaction: number | null;
            lsn: string | null;
            /** partition:offset of its last change in the stream */
            position: string | null;
            changes: {
              /** names joined by /, elements of a list and entries of a map by their keys; ~1 in a name is a slash, ~0 a tilde */
              path: string;
              /** left out: there was nothing */
              before?: unknown;
              /** left out: there is nothing any more */
              after?: unknown;
            }[];
          }[];
          /** from when on the history is whole */
          since: string | null;
          /** whether that is when the document was created */
          fromCreation: boolean;
        };
      }
    | {
        status: 304;
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
        status: 414;
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
    `/profiles/${encodeURIComponent(id)}/history${QS.query(
      QS.explode({
        limit,
        cursor,
      }),
    )}`,
    {
      ...opts,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'consistency-token': consistencyToken,
        prefer,
        'if-none-match': ifNoneMatch,
      }),
    },
  );
}
/**
 * One profile by its id
 */
export function getProfile(
  id: string,
  {
    consistency,
    at,
    consistencyToken,
    prefer,
    ifNoneMatch,
  }: {
    consistency?: 'eventual' | 'source';
    at?: string;
    consistencyToken?: string;
    prefer?: string;
    ifNoneMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: Profile;
      }
    | {
        status: 304;
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
        status: 410;
        data: Problem;
      }
    | {
        status: 414;
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
    `/profiles/${encodeURIComponent(id)}${QS.query(
      QS.explode({
        consistency,
        at,
      }),
    )}`,
    {
      ...opts,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'consistency-token': consistencyToken,
        prefer,
        'if-none-match': ifNoneMatch,
      }),
    },
  );
}
/**
 * One profile by a unique field, or many in pages
 */
export function listProfiles(
  {
    email,
    country,
    city,
    limit,
    cursor,
    consistency,
    consistencyToken,
    prefer,
    ifNoneMatch,
  }: {
    email?: string;
    country?: string;
    city?: string;
    limit?: number;
    cursor?: string;
    consistency?: 'eventual' | 'source';
    consistencyToken?: string;
    prefer?: string;
    ifNoneMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data:
          | Profile
          | {
              items: Profile[];
            };
      }
    | {
        status: 304;
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
    `/profiles${QS.query(
      QS.explode({
        email,
        country,
        city,
        limit,
        cursor,
        consistency,
      }),
    )}`,
    {
      ...opts,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'consistency-token': consistencyToken,
        prefer,
        'if-none-match': ifNoneMatch,
      }),
    },
  );
}
/**
 * How far a profile is, for polling
 */
export function getProfileVersion(
  id: string,
  {
    consistency,
    consistencyToken,
    prefer,
    ifNoneMatch,
  }: {
    consistency?: 'eventual' | 'source';
    consistencyToken?: string;
    prefer?: string;
    ifNoneMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          id: string;
          version: number;
        };
      }
    | {
        status: 304;
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
        status: 414;
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
    `/profiles/${encodeURIComponent(id)}/version${QS.query(
      QS.explode({
        consistency,
      }),
    )}`,
    {
      ...opts,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'consistency-token': consistencyToken,
        prefer,
        'if-none-match': ifNoneMatch,
      }),
    },
  );
}
/**
 * A profile as it is now, and again whenever it changes
 */
export function listenToProfile(id: string, opts?: Oazapfts.RequestOpts) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: string;
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
        status: 414;
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
  >(`/profiles/${encodeURIComponent(id)}/events`, {
    ...opts,
  });
}
/**
 * One directory by its id
 */
export function getDirectory(
  id: string,
  {
    consistency,
    consistencyToken,
    prefer,
    ifNoneMatch,
  }: {
    consistency?: 'eventual' | 'source';
    consistencyToken?: string;
    prefer?: string;
    ifNoneMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: Directory;
      }
    | {
        status: 304;
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
        status: 414;
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
    `/directory/${encodeURIComponent(id)}${QS.query(
      QS.explode({
        consistency,
      }),
    )}`,
    {
      ...opts,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'consistency-token': consistencyToken,
        prefer,
        'if-none-match': ifNoneMatch,
      }),
    },
  );
}
/**
 * Many of directory, in pages
 */
export function listDirectory(
  {
    country,
    city,
    status,
    preference,
    q,
    sort,
    facets,
    limit,
    cursor,
    consistency,
    consistencyToken,
    prefer,
    ifNoneMatch,
  }: {
    country?: string;
    city?: string;
    status?: string;
    preference?: string;
    q?: string;
    sort?: 'name' | '-name' | 'email' | '-email' | 'created' | '-created';
    facets?: boolean;
    limit?: number;
    cursor?: string;
    consistency?: 'eventual' | 'source';
    consistencyToken?: string;
    prefer?: string;
    ifNoneMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          items: Directory[];
          /** documents selected; on the first page */
          total?: number;
          /** there are more than total, and only so many were counted */
          partial?: boolean;
          /** by facet: how many of them have which value, those with most first */
          facets?: {
            [key: string]: {
              [key: string]: unknown;
            };
          };
        };
      }
    | {
        status: 304;
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
    `/directory${QS.query(
      QS.explode({
        country,
        city,
        status,
        preference,
        q,
        sort,
        facets,
        limit,
        cursor,
        consistency,
      }),
    )}`,
    {
      ...opts,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'consistency-token': consistencyToken,
        prefer,
        'if-none-match': ifNoneMatch,
      }),
    },
  );
}
/**
 * How far a directory is, for polling
 */
export function getDirectoryVersion(
  id: string,
  {
    consistency,
    consistencyToken,
    prefer,
    ifNoneMatch,
  }: {
    consistency?: 'eventual' | 'source';
    consistencyToken?: string;
    prefer?: string;
    ifNoneMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          id: string;
          version: number;
        };
      }
    | {
        status: 304;
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
        status: 414;
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
    `/directory/${encodeURIComponent(id)}/version${QS.query(
      QS.explode({
        consistency,
      }),
    )}`,
    {
      ...opts,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'consistency-token': consistencyToken,
        prefer,
        'if-none-match': ifNoneMatch,
      }),
    },
  );
}
/**
 * A directory as it is now, and again whenever it changes
 */
export function listenToDirectory(id: string, opts?: Oazapfts.RequestOpts) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: string;
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
        status: 414;
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
  >(`/directory/${encodeURIComponent(id)}/events`, {
    ...opts,
  });
}
/**
 * How many documents there are, by what they hold
 */
export function getInsights(
  {
    limit,
    consistencyToken,
    prefer,
    ifNoneMatch,
  }: {
    limit?: number;
    consistencyToken?: string;
    prefer?: string;
    ifNoneMatch?: string;
  } = {},
  opts?: Oazapfts.RequestOpts,
) {
  return oazapfts.fetchJson<
    | {
        status: 200;
        data: {
          /** all documents */
          users: number;
          /** documents by status */
          usersByStatus: {
            values: {
              value?: string;
              count: number;
              share: number;
            }[];
            more: number;
          };
          /** documents by addresses.country */
          usersByCountry: {
            values: {
              value?: string;
              count: number;
            }[];
            more: number;
          };
          /** documents by the day of createdAt */
          signUpsByDay: {
            values: {
              value?: string | null;
              count: number;
              share: number;
            }[];
            more: number;
          };
          /** documents by each entry of preferences */
          preferences: {
            keys: {
              key: string;
              count: number;
              values: {
                value?: unknown;
                count: number;
                share: number;
              }[];
              more: number;
            }[];
            more: number;
          };
        };
      }
    | {
        status: 304;
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
    `/insights${QS.query(
      QS.explode({
        limit,
      }),
    )}`,
    {
      ...opts,
      headers: oazapfts.mergeHeaders(opts?.headers, {
        'consistency-token': consistencyToken,
        prefer,
        'if-none-match': ifNoneMatch,
      }),
    },
  );
}
