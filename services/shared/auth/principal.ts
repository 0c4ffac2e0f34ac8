/** Who asks, as a token that was verified says. */
export interface Principal {
  /** The id of the person or program; of a person, that of the documents that are theirs. */
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
  /** From when on the token is not to be believed: milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What a token may allow. `admin` allows everything, with everybody's documents. */
export const SCOPES = { read: 'profile:read', write: 'profile:write', admin: 'admin' } as const;
export type Scope = (typeof SCOPES)[keyof typeof SCOPES];
