/** From a token (JWT, RFC 7519) to who asks. Its algorithm, issuer, audience and expiry are ours to say, not the token's. */
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import { ProblemError } from '../problem.ts';
import { toSafeUrl } from './auth-config.ts';
import type { AuthSettings } from './auth-config.ts';
import { createKeptPrincipals } from './kept-principals.ts';
import type { Principal } from './principal.ts';

/** @throws ProblemError 401 when it is not to be believed, 503 when the issuer's keys cannot be had. */
export type VerifyToken = (token: string) => Promise<Principal>;

/** `none` and whatever else is not listed is refused; a public key is never taken for a shared secret. */
const SECRET_ALGORITHMS = ['HS256'];
const ISSUER_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 5;
const KEYS_TIMEOUT_MS = 5000;
/** A key that its issuer takes back is believed no longer than this, and what is kept of tokens (kept-principals.ts). */
const KEYS_KEPT_MS = 60_000;
const DISCOVERY_PAUSE_MS = 1000;
const RETRY_AFTER_SECONDS = '5';
/** What Postgres notes of who has changed a row is no longer. */
const SUBJECT = /^[\u0020-\u007E]{1,256}$/;

export function createVerifyToken(settings: AuthSettings): VerifyToken {
  const options: JWTVerifyOptions = {
    issuer: settings.issuer,
    audience: settings.audience,
    requiredClaims: ['sub', 'exp'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  };
  const payloadOf = settings.kind === 'secret' ? bySecret(settings, options) : byIssuer(settings, options);
  const kept = createKeptPrincipals(Date.now);
  return async (token) => {
    const known = kept.get(token);
    if (known) return known;
    const payload = await payloadOf(token).catch((error: unknown) => {
      throw toProblem(error);
    });
    const principal = toPrincipal(payload);
    kept.put(token, principal);
    return principal;
  };
}

type PayloadOf = (token: string) => Promise<JWTPayload>;

function bySecret({ secret }: AuthSettings & { kind: 'secret' }, options: JWTVerifyOptions): PayloadOf {
  const fixed = { ...options, algorithms: SECRET_ALGORITHMS };
  return async (token) => (await jwtVerify(token, secret, fixed)).payload;
}

function byIssuer(
  { issuer, jwksUrl }: AuthSettings & { kind: 'issuer' },
  options: JWTVerifyOptions,
): PayloadOf {
  const fixed = { ...options, algorithms: ISSUER_ALGORITHMS };
  let keys: Promise<JWTVerifyGetKey> | null = null;
  const find = async (): Promise<JWTVerifyGetKey> =>
    createRemoteJWKSet(jwksUrl ?? (await discoverKeys(issuer)), {
      timeoutDuration: KEYS_TIMEOUT_MS,
      cacheMaxAge: KEYS_KEPT_MS,
    });
  /** All wait for the same answer, and after a failure nobody asks again at once. */
  const findOnce = (): Promise<JWTVerifyGetKey> => {
    keys ??= find().catch((error: unknown) => {
      setTimeout(() => (keys = null), DISCOVERY_PAUSE_MS).unref();
      throw error;
    });
    return keys;
  };
  return async (token) => (await jwtVerify(token, await findOnce(), fixed)).payload;
}

/** OpenID Connect Discovery 1.0, section 4. */
async function discoverKeys(issuer: string): Promise<URL> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(KEYS_TIMEOUT_MS),
  });
  const told = (await response.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
  const keys = typeof told.jwks_uri === 'string' ? toSafeUrl(told.jwks_uri) : null;
  if (told.issuer !== issuer || !keys) throw new KeysError(`${url} does not tell the keys of ${issuer}`);
  return keys;
}

class KeysError extends Error {
  override readonly name = 'KeysError';
}

function toPrincipal({ sub = '', exp = 0, scope, scp }: JWTPayload): Principal {
  // Whoever signs may write what he likes: the type is not the library's to check.
  if (typeof sub !== 'string' || !SUBJECT.test(sub))
    throw invalidToken('its subject is not 1 to 256 printable ASCII characters');
  // `scope` by RFC 8693; `scp`, a text or a list, is what some issuers write.
  const told = scope ?? scp;
  const scopes = typeof told === 'string' ? told.split(' ') : Array.isArray(told) ? told.map(String) : [];
  return { subject: sub, scopes: new Set(scopes), expiresAt: 1000 * exp };
}

/** Why, by code: a message may tell what is in the token. */
const REASONS: Readonly<Record<string, string>> = {
  [errors.JWTExpired.code]: 'it has expired',
  [errors.JWTClaimValidationFailed.code]: 'it is not for this service, or not from its issuer',
  [errors.JOSEAlgNotAllowed.code]: 'its algorithm is not one that is taken here',
  [errors.JWSSignatureVerificationFailed.code]: 'its signature is not right',
  [errors.JWKSNoMatchingKey.code]: 'the issuer has no such key',
  [errors.JWKSMultipleMatchingKeys.code]: 'it does not say with which key it was signed',
  [errors.JWSInvalid.code]: 'it is not a signed JWT',
  [errors.JWTInvalid.code]: 'it is not a JWT',
  [errors.JOSENotSupported.code]: 'it needs what is not supported',
};

function toProblem(error: unknown): Error {
  const reason = error instanceof errors.JOSEError ? REASONS[error.code] : undefined;
  if (reason !== undefined) return invalidToken(reason);
  return Object.assign(keysUnavailable(), { cause: error }); // for the log
}

export function keysUnavailable(): ProblemError {
  return new ProblemError(503, 'keys-unavailable', 'The issuer’s keys cannot be had', {
    headers: { 'retry-after': RETRY_AFTER_SECONDS, 'cache-control': 'no-store' },
  });
}

export function invalidToken(reason: string): ProblemError {
  return new ProblemError(401, 'invalid-token', 'The token is not valid', {
    detail: reason,
    headers: {
      'www-authenticate': `Bearer realm="readside", error="invalid_token", error_description="${reason}"`,
      'cache-control': 'no-store',
    },
  });
}
