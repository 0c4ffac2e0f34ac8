/** Random transactions by plain SQL over a few users whose ids are known, so that the same ids live, die and live again. */
import * as fc from 'fast-check';
import { arbitraryJson, arbitraryKey } from '../arbitrary-json.ts';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface Transaction {
  readonly statements: readonly Statement[];
  /** From this statement on all is undone before the end; null: nothing is. */
  readonly undoneFrom: number | null;
  readonly rolledBack: boolean;
}

const USERS = 40;
const ADDRESSES = 120;

/** `run` tells the ids of one run from those of another. */
export function arbitraryTransaction(run: number): fc.Arbitrary<Transaction> {
  const prefix = `${(run >>> 0).toString(16).padStart(8, '0')}-0000-7000-8000-`;
  const idFrom = (kind: string, count: number): fc.Arbitrary<string> =>
    fc.nat(count - 1).map((n) => `${prefix}${kind}${String(n).padStart(11, '0')}`);
  const user = idFrom('a', USERS);
  const address = idFrom('b', ADDRESSES);
  const key = fc.oneof(
    fc.constantFrom('theme', 'language', 'a.b', '$set', '__proto__'),
    arbitraryKey.filter((each) => each !== ''),
  );
  const text = fc.string({ unit: 'binary', maxLength: 30 }).map((each) => each.replaceAll('\0', ''));
  const long = fc.integer({ min: 100, max: 9000 }); // above 2 kB a value may be stored out of line
  const micros = fc.nat(5);

  const to = (statement: string, ...values: ReadonlyArray<fc.Arbitrary<unknown>>): fc.Arbitrary<Statement> =>
    fc.tuple(...values).map((all) => ({ text: statement, values: all }));
  const weighted = (weight: number, arbitrary: fc.Arbitrary<Statement>) => ({ weight, arbitrary });

  const statement = fc.oneof(
    weighted(
      10,
      to(
        "insert into users (id, email, full_name) values ($1::uuid, $1 || '@example.com', $2) on conflict (id) do update set full_name = excluded.full_name, version = users.version + 1",
        user,
        text,
      ),
    ),
    weighted(
      8,
      to(
        'update users set display_name = $2, updated_at = now(), version = version + 1 where id = $1',
        user,
        text,
      ),
    ),
    weighted(
      2,
      to(
        "update users set bio = (select string_agg(md5(n::text), '') from generate_series(1, $2::int / 32) n) where id = $1",
        user,
        long,
      ),
    ),
    weighted(3, to('select 1 from users where id = $1 for update', user)),
    weighted(3, to('delete from users where id = $1', user)),
    weighted(1, to("update users set id = $2::uuid, email = $2 || '@example.com' where id = $1", user, user)),
    // Known to another user, it moves.
    weighted(
      14,
      to(
        "insert into addresses (id, user_id, label, line1, city, country, created_at) select $1, id, $3, 'line', 'Porto', 'PT', '2026-11-23T18:00:00Z'::timestamptz + $4::int * interval '1 microsecond' from users where id = $2 on conflict (id) do update set user_id = excluded.user_id, label = excluded.label, created_at = excluded.created_at, is_primary = false",
        address,
        user,
        text,
        micros,
      ),
    ),
    weighted(
      3,
      to(
        'update addresses set user_id = $2, is_primary = false where user_id = $1 and exists (select from users where id = $2)',
        user,
        user,
      ),
    ),
    weighted(3, to('update addresses set is_primary = (id = $2) where user_id = $1', user, address)),
    weighted(4, to('delete from addresses where id = $1', address)),
    weighted(
      14,
      to(
        'insert into preferences (user_id, key, value) select id, $2, $3::jsonb from users where id = $1 on conflict (user_id, key) do update set value = excluded.value',
        user,
        key,
        arbitraryJson,
      ),
    ),
    weighted(5, to('update preferences set key = $3 where user_id = $1 and key = $2', user, key, key)),
    weighted(4, to('delete from preferences where user_id = $1 and key = $2', user, key)),
    weighted(1, to('delete from preferences where user_id = $1', user)),
    // Hundreds of rows, of one user and of all.
    weighted(
      1,
      to(
        "insert into preferences (user_id, key, value) select u.id, 'bulk.' || n, to_jsonb(n * 1.10) from users u, generate_series(1, 300) n where u.id = $1 on conflict (user_id, key) do update set value = to_jsonb(preferences.value)",
        user,
      ),
    ),
    weighted(
      1,
      to(`update users set phone = $1, version = version + 1 where id::text like '${prefix}%'`, text),
    ),
    weighted(1, to("delete from preferences where user_id = $1 and key like 'bulk.%'", user)),
    // Others get between this transaction's statements.
    weighted(4, to('select pg_sleep($1::int / 1000.0)', fc.nat(4))),
  );

  return fc.record({
    statements: fc.array(statement, { minLength: 1, maxLength: 6, size: 'max' }),
    undoneFrom: fc.option(fc.nat(5), { freq: 1 }),
    rolledBack: fc.nat(19).map((n) => n === 0),
  });
}
