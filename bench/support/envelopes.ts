/**
 * Changes as the connector would write them: the same fields in the same order, the same sizes. First every user with two addresses and four
 * preferences, a transaction each; then mixed updates of random users. The same `seed` gives the same bytes. Pure.
 */
import type { RawRow } from '../../services/shared/projection/change-event.ts';
import { createRandom } from '../../services/shared/random.ts';

export interface Envelope {
  readonly key: string;
  readonly value: string;
  readonly table: string;
  /** The row's primary key, as Debezium writes it by default. */
  readonly rowKey: string;
}

export const INSERTS_PER_USER = 7;

const TIME = '2026-11-23T18:00:00.123456Z';
const EPOCH_US = 1_795_469_876_092_998;

export function* insertsOf(users: number): Generator<Envelope> {
  let position = 0;
  const created = (i: number, table: string, after: RawRow): Envelope =>
    envelope(idOf(i), table, 'c', null, after, i, (position += 1));
  for (let i = 0; i < users; i++) {
    yield created(i, 'addresses', address(i, 0, 0));
    yield created(i, 'addresses', address(i, 1, 0));
    for (let k = 0; k < 4; k++) yield created(i, 'preferences', preference(i, k, 0));
    yield created(i, 'users', user(i, 0));
  }
}

/** One row each: a user, an address or a preference; of every so many-th user only. */
export function* updatesOf(users: number, count: number, seed: number, every = 1): Generator<Envelope> {
  const random = createRandom(seed);
  for (let n = 1; n <= count; n++) {
    const i = random.below(users) * every;
    const k = random.below(4);
    const tell = (table: string, row: (version: number) => RawRow): Envelope =>
      envelope(idOf(i), table, 'u', row(n - 1), row(n), users + n, users * INSERTS_PER_USER + n);
    const which = random.below(3);
    if (which === 0) yield tell('users', (version) => user(i, version));
    else if (which === 1) yield tell('addresses', (version) => address(i, k % 2, version));
    else yield tell('preferences', (version) => preference(i, k, version));
  }
}

export function idOf(i: number): string {
  return `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`;
}

export function addressIdOf(i: number, k: number): string {
  return `aaaaaaaa-0000-7000-8${k}00-${String(i).padStart(12, '0')}`;
}

function user(i: number, version: number): RawRow {
  return {
    id: idOf(i),
    email: `user.${i}@example.com`,
    full_name: 'Ada Lovelace',
    display_name: `Ada ${version}`,
    phone: null,
    avatar_url: null,
    bio: 'Some words about a person, as long as such words are.',
    locale: 'en-GB',
    status: 'active',
    version: version + 1,
    created_at: TIME,
    updated_at: TIME,
  };
}

function address(i: number, k: number, version: number): RawRow {
  return {
    id: addressIdOf(i, k),
    user_id: idOf(i),
    label: `home ${version}`,
    line1: '1 rue de la Paix',
    line2: null,
    city: 'Paris',
    region: null,
    postal_code: '75002',
    country: 'FR',
    is_primary: k === 0,
    created_at: TIME,
    updated_at: TIME,
  };
}

function preference(i: number, k: number, version: number): RawRow {
  const value = JSON.stringify({ on: version % 2 === 0, since: version });
  return { user_id: idOf(i), key: `key${k}`, value, updated_at: TIME };
}

function envelope(
  key: string,
  table: string,
  op: string,
  before: RawRow | null,
  after: RawRow,
  txId: number,
  position: number,
): Envelope {
  const micros = EPOCH_US + position * 20;
  const lsn = 65_540_392 + position * 300;
  const source = {
    version: '3.7.0.Final',
    connector: 'postgresql',
    name: 'replay',
    ts_ms: Math.floor(micros / 1000),
    snapshot: 'false',
    db: 'readside',
    sequence: `["${lsn}","${lsn}"]`,
    ts_us: micros,
    ts_ns: micros * 1000,
    schema: 'public',
    table,
    txId,
    lsn,
    xmin: null,
    origin: null,
    origin_lsn: null,
  };
  const told = { ts_ms: source.ts_ms + 2, ts_us: micros + 2000, ts_ns: (micros + 2000) * 1000 };
  const { id, user_id: userId, key: name } = after;
  const rowKey = JSON.stringify(id === undefined ? { user_id: userId, key: name } : { id });
  const value = JSON.stringify({ before, after, source, transaction: null, op, ...told });
  return { key, value, table, rowKey };
}
