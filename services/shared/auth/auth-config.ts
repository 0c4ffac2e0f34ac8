/** The variables by which a service knows whose tokens it takes, and the rule that beyond loopback it must know. */
import { isIPv4 } from 'node:net';
import { Type } from 'typebox';
import { ConfigError } from '../config.ts';

/** What `readside token` writes, and what is taken where nothing else is said. */
export const OWN_ISSUER = 'readside';
export const OWN_AUDIENCE = 'readside';

/** AUTH_SECRET or AUTH_ISSUER; without both, everybody is let in, which only loopback may. An empty one counts as not set. */
export const authFields = {
  AUTH_SECRET: Type.Optional(
    Type.String({
      description:
        'shared with whoever makes the tokens (HS256), 32 bytes or more; it or AUTH_ISSUER is required beyond loopback (docs/security.md#tokens)',
    }),
  ),
  AUTH_ISSUER: Type.Optional(
    Type.String({
      description:
        'of the tokens (`iss`); without AUTH_SECRET an OIDC issuer, whose keys are found from here',
    }),
  ),
  AUTH_JWKS_URL: Type.Optional(
    Type.String({
      description: 'where the issuer’s keys are, when it does not tell by OIDC discovery',
    }),
  ),
  AUTH_AUDIENCE: Type.String({
    description: 'which the tokens must be for (`aud`)',
    default: OWN_AUDIENCE,
    minLength: 1,
  }),
  RATE_LIMIT_PER_MINUTE: Type.Integer({
    description:
      'requests a minute that each subject may make who is no administrator; 0: as many as it likes',
    default: 6000,
    minimum: 0,
  }),
  OVERLOAD_DELAY_MS: Type.Integer({
    description:
      'how late the event loop may be before requests are answered with 503 and Retry-After; 0: however late',
    default: 2000,
    minimum: 0,
  }),
};

export interface AuthVariables {
  readonly AUTH_SECRET?: string | undefined;
  readonly AUTH_ISSUER?: string | undefined;
  readonly AUTH_JWKS_URL?: string | undefined;
  readonly AUTH_AUDIENCE: string;
}

export type AuthSettings =
  | {
      readonly kind: 'secret';
      readonly secret: Uint8Array;
      readonly issuer: string;
      readonly audience: string;
    }
  | {
      readonly kind: 'issuer';
      readonly issuer: string;
      /** null: found by discovery */
      readonly jwksUrl: URL | null;
      readonly audience: string;
    };

/** HS256 is no stronger than its secret: as many bytes as the hash has (RFC 7518, 3.2). */
export const MIN_SECRET_BYTES = 32;

/** null: everybody is let in. @throws ConfigError */
export function authSettings(variables: AuthVariables): AuthSettings | null {
  const { AUTH_AUDIENCE: audience } = variables;
  const secret = given(variables.AUTH_SECRET);
  const issuer = given(variables.AUTH_ISSUER);
  const jwks = given(variables.AUTH_JWKS_URL);
  if (secret !== undefined) {
    if (jwks !== undefined)
      throw new ConfigError(['AUTH_SECRET and AUTH_JWKS_URL exclude each other: whose tokens are taken?']);
    const bytes = new TextEncoder().encode(secret);
    if (bytes.length < MIN_SECRET_BYTES)
      throw new ConfigError([
        `AUTH_SECRET has ${bytes.length} bytes, and must have ${MIN_SECRET_BYTES}: openssl rand -hex 32`,
      ]);
    return { kind: 'secret', secret: bytes, issuer: issuer ?? OWN_ISSUER, audience };
  }
  if (issuer === undefined) {
    if (jwks !== undefined) throw new ConfigError(['AUTH_ISSUER is not set, and AUTH_JWKS_URL needs it']);
    return null;
  }
  safeUrl('AUTH_ISSUER', issuer);
  return {
    kind: 'issuer',
    issuer,
    jwksUrl: jwks === undefined ? null : safeUrl('AUTH_JWKS_URL', jwks),
    audience,
  };
}

/** @throws ConfigError where anybody could reach a service that lets everybody in. Returns what it was given. */
export function requireAuthBeyondLoopback<C extends AuthVariables & { readonly HOST: string }>(config: C): C {
  if (authSettings(config) === null && !isLoopback(config.HOST))
    throw new ConfigError([
      `HOST ${config.HOST} is beyond loopback, where nobody is let in without a token: set AUTH_SECRET or AUTH_ISSUER (docs/security.md)`,
    ]);
  return config;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** null: no URL, or one over a plain connection, by which keys could be anybody's. */
export function toSafeUrl(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isSafe =
    url?.protocol === 'https:' ||
    (url?.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|]$/g, '')));
  return isSafe ? url : null;
}

function safeUrl(name: string, text: string): URL {
  const url = toSafeUrl(text);
  if (!url) throw new ConfigError([`${name} must be an https URL`]);
  return url;
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
