/** Commands and SQL transactions that write one nonce into a user, an address and a preference, and readers that look for two in one answer. */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { waitFor } from '../../stack/wait.ts';
import { after, command, read } from './system-client.ts';

export interface NonceUser {
  readonly id: string;
  readonly email: string;
  readonly addressId: string;
}

interface Body {
  readonly bio?: string;
  readonly addresses?: ReadonlyArray<{ readonly id: string; readonly label: string }>;
  readonly preferences?: Readonly<Record<string, string>>;
}

const PREFERENCES = ['first', 'second', 'third'];

const newNonce = (): string => randomBytes(6).toString('hex');

const profileOf = (email: string, nonce: string, id?: string): object => ({
  email,
  fullName: 'Nonce',
  bio: nonce,
  addresses: [
    { ...(id === undefined ? {} : { id }), label: nonce, line1: '1 Road', city: 'Lyon', country: 'FR' },
  ],
  preferences: Object.fromEntries(PREFERENCES.map((key) => [key, nonce])),
});

/** A user whose three places hold one nonce. */
export async function addNonceUser(sql: pg.Pool): Promise<NonceUser> {
  const email = `${newNonce()}@example.com`;
  const { id } = await command('POST', '/users', { email, fullName: 'Nonce' });
  await command('PUT', `/users/${id}/profile`, profileOf(email, newNonce()));
  const { rows } = await sql.query<{ id: string }>('select id from addresses where user_id = $1', [id]);
  const addressId = rows[0]?.id;
  if (addressId === undefined) throw new Error('the user has no address');
  return { id, email, addressId };
}

/** What writers and readers have done so far. */
export interface NonceCounts {
  reads: number;
  /** Transactions of each writer. */
  readonly written: number[];
}

/** Until stopped; what fails while a server is away is written anew. `onWritten` hears of each command acknowledged. */
export async function writeNonces(
  users: readonly NonceUser[],
  stop: AbortSignal,
  onWritten: () => void,
): Promise<void> {
  for (let i = 0; !stop.aborted; i++) {
    const user = users[i % users.length];
    if (!user) break;
    try {
      const body = profileOf(user.email, newNonce(), user.addressId);
      const done = await command('PUT', `/users/${user.id}/profile`, body);
      onWritten();
      // No faster than the connector, which is made slow.
      await read(`/profiles/${user.id}`, after(done));
    } catch (error) {
      if (!(error instanceof Error)) throw error; // a server is being restarted; the next command is another
    }
  }
}

/** The same by plain SQL, the root's row last. */
export async function writeNoncesBySql(
  sql: pg.Pool,
  users: readonly NonceUser[],
  stop: AbortSignal,
  onWritten: () => void,
): Promise<void> {
  for (let i = 0; !stop.aborted; i++) {
    const user = users[i % users.length];
    if (!user) break;
    const nonce = newNonce();
    const client = await sql.connect();
    try {
      await client.query('begin');
      await client.query('select 1 from users where id = $1 for update', [user.id]);
      await client.query('update addresses set label = $2 where id = $1', [user.addressId, nonce]);
      for (const key of PREFERENCES)
        await client.query(
          'update preferences set value = to_jsonb($3::text) where user_id = $1 and key = $2',
          [user.id, key, nonce],
        );
      await client.query('update users set bio = $2, version = version + 1 where id = $1', [user.id, nonce]);
      await client.query('commit');
      onWritten();
    } finally {
      client.release();
    }
    await waitFor('the nonce', async () => (await nonceOf(user)) === nonce || stop.aborted, {
      timeoutMs: 120_000,
    });
  }
}

async function nonceOf({ id }: NonceUser): Promise<string | undefined> {
  const answer = await read(`/profiles/${id}`).catch(() => null);
  return (answer?.body as Body | undefined)?.bio;
}

/** Reads as fast as it can until it is enough, and keeps the answers that held more than one nonce. */
export async function readNonces(
  users: readonly NonceUser[],
  counts: NonceCounts,
  isEnough: () => boolean,
  mixed: string[],
): Promise<void> {
  for (let i = 0; !isEnough(); i++) {
    const user = users[i % users.length];
    if (!user) break;
    const answer = await read(`/profiles/${user.id}`).catch(() => null); // the read API is being restarted
    if (answer?.status !== 200) continue;
    counts.reads += 1;
    const { bio, addresses = [], preferences = {} } = answer.body as Body;
    const nonces = new Set([bio, ...addresses.map(({ label }) => label), ...Object.values(preferences)]);
    if (nonces.size !== 1) mixed.push(`${user.id}: ${[...nonces].join(' ')}`);
  }
}
