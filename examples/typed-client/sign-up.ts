/** A user is made, read back at once, changed against somebody else’s change, and deleted: each answer by its status, as the document types it. */
import { randomUUID } from 'node:crypto';
import { expectStatus } from './expect-status.ts';
import { getProfile } from './generated/read-api.ts';
import { createUser, deleteUser, updateUser } from './generated/write-api.ts';

type Tell = (line: string) => void;

export async function signUp(email: string, tell: Tell): Promise<void> {
  const key = randomUUID();
  const newUser = { email, fullName: 'Grace Hopper', preferences: { theme: 'dark' } };
  const created = expectStatus(await createUser(newUser, { idempotencyKey: key }), 201);
  const { id } = created.data;
  tell(`created ${id} at version ${created.data.version}`);

  // As a client does that has not heard the answer: nothing is done twice.
  const again = expectStatus(await createUser(newUser, { idempotencyKey: key }), 201);
  tell(`sent again: ${again.data.id === id ? 'the same user' : 'another user'}`);
  await refusedSignUps(email, key, tell);

  // The read waits until the document holds the command that the token is of.
  const seen = expectStatus(await getProfile(id, after(created)), 200);
  tell(`read back: ${seen.data.fullName}, version ${seen.data.version}, ${staleness(seen)}`);

  await changeInTurn(id, seen, tell);

  const deleted = expectStatus(await deleteUser(id), 200);
  expectStatus(await getProfile(id, after(deleted)), 404);
  tell('deleted, and read as such');
}

async function refusedSignUps(email: string, key: string, tell: Tell): Promise<void> {
  const taken = expectStatus(await createUser({ email, fullName: 'Another' }), 409);
  tell(`409 ${taken.data.type}: ${taken.data.errors?.map(({ pointer }) => pointer).join() ?? ''}`);
  const reused = expectStatus(await createUser({ email, fullName: 'Another' }, { idempotencyKey: key }), 422);
  tell(`422 ${reused.data.type}`);
}

type Profile = Awaited<ReturnType<typeof getProfile>> & { readonly status: 200 };

/** Two change what both have read: the second is told, reads again, and goes on from there. */
async function changeInTurn(id: string, seen: Profile, tell: Tell): Promise<void> {
  const ifMatch = etagOf(seen);
  const first = expectStatus(await updateUser(id, { displayName: 'Amazing Grace' }, { ifMatch }), 200);
  const second = expectStatus(await updateUser(id, { bio: 'Wrote a compiler.' }, { ifMatch }), 412);
  tell(`412 ${second.data.type}: ${second.data.detail ?? ''}`);
  const now = expectStatus(await getProfile(id, after(first)), 200);
  const changed = await updateUser(id, { bio: 'Wrote a compiler.' }, { ifMatch: etagOf(now) });
  tell(
    `changed from ${now.data.displayName ?? ''} on, to version ${expectStatus(changed, 200).data.version}`,
  );
}

function after({ headers }: { readonly headers: Headers }) {
  return { consistencyToken: headers.get('consistency-token') ?? '', prefer: 'wait=10' };
}

/** The ETag of either API is good for the other’s If-Match. */
function etagOf({ headers }: { readonly headers: Headers }): string {
  return headers.get('etag') ?? '';
}

function staleness({ headers }: { readonly headers: Headers }): string {
  return /stale=\?0/.test(headers.get('freshness') ?? '') ? 'not stale' : 'stale';
}
