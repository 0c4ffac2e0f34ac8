/** What `readside up` prints, and our own programs use on this machine: everything, for a day. */
import { OWN_AUDIENCE, authSettings } from '../../services/shared/auth/auth-config.ts';
import { SCOPES } from '../../services/shared/auth/principal.ts';
import { signToken } from '../../services/shared/auth/sign-token.ts';

const LIFE_SECONDS = 24 * 3600;

export function developmentToken(secret: string): Promise<string> {
  const settings = authSettings({ AUTH_SECRET: secret, AUTH_AUDIENCE: OWN_AUDIENCE });
  if (settings?.kind !== 'secret') throw new TypeError('a local system signs its tokens with a secret');
  const expiresAt = Math.floor(Date.now() / 1000) + LIFE_SECONDS;
  return signToken(settings, { subject: 'developer', scopes: [SCOPES.admin], expiresAt });
}

/** For `fetch`; null: the system lets everybody in. */
export function bearer(token: string | null): Readonly<Record<string, string>> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
