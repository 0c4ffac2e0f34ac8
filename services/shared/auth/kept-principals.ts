/** Tokens that were found right, for a while: checking a signature takes longer than many an answer. */
import type { Principal } from './principal.ts';

export interface KeptPrincipals {
  get(token: string): Principal | undefined;
  put(token: string, principal: Principal): void;
}

/** As long as the keys themselves (verify-token.ts): what their issuer takes back is believed for two minutes at most. */
const KEPT_MS = 60_000;
const MOST = 10_000;

/** `now`: milliseconds since 1970. */
export function createKeptPrincipals(now: () => number): KeptPrincipals {
  const kept = new Map<string, { readonly principal: Principal; readonly until: number }>();
  return {
    get(token) {
      const found = kept.get(token);
      if (found && found.until > now()) return found.principal;
      if (found) kept.delete(token);
      return undefined;
    },
    put(token, principal) {
      const [oldest] = kept.keys();
      if (kept.size >= MOST && oldest !== undefined) kept.delete(oldest);
      kept.set(token, { principal, until: Math.min(principal.expiresAt, now() + KEPT_MS) });
    },
  };
}
