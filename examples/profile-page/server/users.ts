/** Whose profile the page shows, and whom its e-mail address cannot be taken from. Both are signed up when they are not there. */
import type { Headers, Tokens } from './tokens.ts';

export interface User {
  readonly id: string;
  readonly email: string;
}

interface Apis {
  readonly writeApiUrl: string;
  readonly readApiUrl: string;
}

const SHOWN = {
  email: 'ada.lovelace@example.com',
  fullName: 'Ada Lovelace',
  bio: 'Wrote the first program, for a machine that was never built.',
  locale: 'en-GB',
  addresses: [
    { label: 'home', line1: '12 St James’s Square', city: 'London', country: 'GB', isPrimary: true },
  ],
  preferences: { theme: 'dark', newsletter: true },
};
const OTHER = { email: 'grace.hopper@example.com', fullName: 'Grace Hopper' };
const TIMEOUT_MS = 10_000;

export interface Users {
  readonly user: User;
  readonly other: User;
}

/** Looked for once; the function rejects while an API does not answer. */
export function createFindUsers(apis: Apis, tokens: Tokens): () => Promise<Users> {
  let known: Promise<Users> | null = null;
  return () => {
    known ??= look(apis, tokens).catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
}

async function look(apis: Apis, tokens: Tokens): Promise<Users> {
  const headers = await tokens.own();
  return { user: await findOrMake(apis, headers, SHOWN), other: await findOrMake(apis, headers, OTHER) };
}

/** In the source: the document of a user who has just signed up, or whose projector stands still, may not be there. */
async function findOrMake(
  { readApiUrl, writeApiUrl }: Apis,
  headers: Headers,
  profile: { readonly email: string },
): Promise<User> {
  const { email } = profile;
  const query = new URLSearchParams({ email, consistency: 'source' });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const found = await fetch(`${readApiUrl}/profiles?${query.toString()}`, { headers, signal });
  if (found.ok) return { id: idIn(await found.json()), email };
  if (found.status !== 404) throw new Error(`the read API answers ${found.status}: ${await found.text()}`);
  const made = await fetch(`${writeApiUrl}/users`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(profile),
    signal,
  });
  if (!made.ok) throw new Error(`the write API answers ${made.status}: ${await made.text()}`);
  return { id: idIn(await made.json()), email };
}

function idIn(body: unknown): string {
  return (body as { readonly id: string }).id;
}
