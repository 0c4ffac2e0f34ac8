/** A token of our own, signed with the shared secret: for development, for tests, and for programs of the operator. */
import { SignJWT } from 'jose';
import type { AuthSettings } from './auth-config.ts';

export interface TokenClaims {
  readonly subject: string;
  readonly scopes: readonly string[];
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

export function signToken(
  { secret, issuer, audience }: AuthSettings & { kind: 'secret' },
  { subject, scopes, expiresAt }: TokenClaims,
): Promise<string> {
  return new SignJWT({ scope: scopes.join(' ') })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(expiresAt)
    .sign(secret);
}
