/**
 * The tokens that the page's server sends with what it passes on. Here it signs them itself, with the secret of the local system; where an
 * issuer gives them, this is where a signed-in user's one is kept and renewed.
 */
import { authSettings } from '../../../services/shared/auth/auth-config.ts';
import { SCOPES } from '../../../services/shared/auth/principal.ts';
import { signToken } from '../../../services/shared/auth/sign-token.ts';

export type Headers = Readonly<Record<string, string>>;

export interface Tokens {
  /** For requests of that user: they touch its own profile and no other. */
  of(userId: string): Promise<Headers>;
  /** For what the server does by itself: it looks users up, and signs them up. */
  own(): Promise<Headers>;
}

/** A stream of events ends with its token: the browser comes again, and gets the next one. */
const LIFE_SECONDS = 3600;

/** `secret`: without one nothing is sent, as the services let everybody in. */
export function createTokens(secret: string | undefined, audience: string): Tokens {
  const settings = authSettings({ AUTH_SECRET: secret, AUTH_AUDIENCE: audience });
  const headersFor = async (subject: string, scopes: readonly string[]): Promise<Headers> => {
    if (settings?.kind !== 'secret') return {};
    const expiresAt = Math.floor(Date.now() / 1000) + LIFE_SECONDS;
    return { authorization: `Bearer ${await signToken(settings, { subject, scopes, expiresAt })}` };
  };
  return {
    of: (userId) => headersFor(userId, [SCOPES.read, SCOPES.write]),
    own: () => headersFor('profile-page', [SCOPES.admin]),
  };
}
