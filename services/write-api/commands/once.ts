/**
 * A command that came with an Idempotency-Key happens once: the key is a row of the command's own transaction, so both
 * are there or neither is. A second request with the key waits at the unique index until the first one's end; then it
 * gets the first one's answer or, when that one was refused, runs itself.
 */
import { createHash } from 'node:crypto';
import type { SqlClient } from '../database/sql-client.ts';
import type { Acknowledged } from './acknowledgement.ts';
import { refusal } from './command-refusal.ts';

export interface KeyedRequest {
  readonly key: string;
  /** method and path: a key is for one command on one resource */
  readonly scope: string;
  /** the request's body, in a form that is the same for the same request */
  readonly body: string;
}

export async function once<A extends Acknowledged>(
  client: SqlClient,
  request: KeyedRequest,
  status: number,
  command: () => Promise<A>,
): Promise<A> {
  const hash = createHash('sha256').update(request.body).digest();
  const claim = await client.query(
    `insert into readside.idempotency_keys (key, scope, request_hash) values ($1, $2, $3)
     on conflict (key) do nothing`,
    [request.key, request.scope, hash],
  );
  if (claim.rowCount === 0) return firstAnswer(client, request, hash);
  const answer = await command();
  // After the version's bump, which invariant 9 wants last: of the published tables it is.
  await client.query('update readside.idempotency_keys set status = $2, answer = $3 where key = $1', [
    request.key,
    status,
    JSON.stringify(answer),
  ]);
  return answer;
}

async function firstAnswer<A extends Acknowledged>(
  client: SqlClient,
  request: KeyedRequest,
  hash: Buffer,
): Promise<A> {
  const { rows } = await client.query<{ scope: string; request_hash: Buffer; answer: A }>(
    'select scope, request_hash, answer from readside.idempotency_keys where key = $1',
    [request.key],
  );
  const [first] = rows;
  if (!first) throw refusal('busy', 'the key has just expired'); // between our two statements
  if (first.scope !== request.scope) {
    throw refusal('idempotency-key-reused', `the key was used for ${first.scope}`);
  }
  if (!first.request_hash.equals(hash)) {
    throw refusal('idempotency-key-reused', 'the key was used with another body');
  }
  return first.answer;
}
