import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ADDRESS, startWriteApi } from '../support/write-api.ts';
import type { TestWriteApi } from '../support/write-api.ts';

let api: TestWriteApi;
beforeAll(async () => {
  api = await startWriteApi();
});
afterAll(() => api.close());

test('commands on one user run one after the other: versions are dense, nothing is lost', async () => {
  const id = await api.newUser();
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) => {
      if (i % 3 === 0) return api.ask('POST', `/users/${id}/addresses`, { ...ADDRESS, label: `a${i}` });
      if (i % 3 === 1) return api.ask('PUT', `/users/${id}/preferences/p${i}`, { value: i });
      return api.ask('PATCH', `/users/${id}/preferences`, { shared: { [`k${i}`]: i } });
    }),
  );
  expect(answers.every(({ status }) => status < 300)).toBe(true);
  const versions = answers.map(({ body }) => Number(body['version']));
  expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 2));
  expect(await api.rows('select version from users where id = $1', id)).toEqual([{ version: '61' }]);
  expect(await api.rows('select 1 from addresses where user_id = $1', id)).toHaveLength(20);
  const [shared] = await api.rows("select value from preferences where user_id = $1 and key = 'shared'", id);
  expect(Object.keys(JSON.parse(shared?.['value'] ?? ''))).toHaveLength(20);
});

test('updated_at never goes back while the version rises', async () => {
  const id = await api.newUser();
  const log: { version: number; at: string }[] = [];
  await api.database.admin.query(`
    create table public.bumps (n bigserial, id uuid, version int, at timestamptz);
    create function public.log_bump() returns trigger language plpgsql security definer as $$
      begin insert into public.bumps (id, version, at) values (new.id, new.version, new.updated_at); return null; end $$;
    create trigger log_bump after update on public.users for each row execute function public.log_bump()`);
  await Promise.all(
    Array.from({ length: 40 }, (_, i) => api.ask('PATCH', `/users/${id}`, { fullName: `n${i}` })),
  );
  for (const row of await api.rows('select version, at from bumps where id = $1 order by n', id)) {
    log.push({ version: Number(row['version']), at: String(row['at']) });
  }
  expect(log.map(({ version }) => version)).toEqual(Array.from({ length: 40 }, (_, i) => i + 2));
  expect(log.map(({ at }) => at)).toEqual(log.map(({ at }) => at).toSorted());
});

test('the user’s row is written last of the published tables (invariant 9)', async () => {
  const id = await api.newUser({ addresses: [{ ...ADDRESS, isPrimary: true }], preferences: { a: 1, b: 2 } });
  const [address] = await api.rows('select id from addresses where user_id = $1', id);
  await api.database.admin.query(`
    create table public.writes (n bigserial, tx xid8, source text);
    create function public.log_write() returns trigger language plpgsql security definer as $$
      begin insert into public.writes (tx, source) values (pg_current_xact_id(), tg_table_name); return null; end $$;
    create trigger log_write after insert or update or delete on public.users
      for each row execute function public.log_write();
    create trigger log_write after insert or update or delete on public.addresses
      for each row execute function public.log_write();
    create trigger log_write after insert or update or delete on public.preferences
      for each row execute function public.log_write()`);
  const key = { 'idempotency-key': 'last' };
  await api.newUser({ addresses: [ADDRESS, ADDRESS], preferences: { a: 1 } });
  await api.ask('POST', `/users/${id}/addresses`, ADDRESS, key);
  await api.ask('PUT', `/users/${id}/addresses/${String(address?.['id'])}`, ADDRESS);
  await api.ask('DELETE', `/users/${id}/addresses/${String(address?.['id'])}`);
  await api.ask('PATCH', `/users/${id}/preferences`, { a: null, b: 3, c: 4 });
  await api.ask('PUT', `/users/${id}/preferences/a`, { value: 5 });
  await api.ask('DELETE', `/users/${id}/preferences/a`);
  await api.ask('PUT', `/users/${id}/profile`, {
    email: 'last@example.com',
    fullName: 'x',
    addresses: [ADDRESS],
    preferences: { z: 1 },
  });
  const last = await api.rows(
    'select distinct on (tx) source, count(*) over (partition by tx) as writes from writes order by tx, n desc',
  );
  expect(last.map((row) => row['source'])).toEqual(Array(8).fill('users'));
  expect(last.every((row) => Number(row['writes']) > 1)).toBe(true);
});

test('a deadlock with another SQL writer is tried again', async () => {
  const id = await api.newUser({ preferences: { a: 1 } });
  const other = await api.database.admin.connect();
  try {
    // The other one holds the child and wants the user; the command holds the user and wants the child.
    await other.query('begin');
    await other.query("set local deadlock_timeout = '30s'"); // so that Postgres chooses the command to fail
    await other.query("update preferences set value = '2' where user_id = $1", [id]);
    const command = api.ask('PUT', `/users/${id}/preferences/a`, { value: 3 });
    await untilBlocked(api);
    const wanted = other.query('update users set bio = $2 where id = $1', [id, 'other']);
    await wanted;
    await other.query('commit');
    expect(await command).toMatchObject({ status: 200, body: { version: 2 } });
  } finally {
    other.release();
  }
  expect(await api.rows('select value from preferences where user_id = $1', id)).toEqual([{ value: '3' }]);
  expect((await api.ask('GET', '/metrics')).text).toMatch(/write_api_transaction_retries_total [1-9]/);
});

async function untilBlocked({ rows, database }: TestWriteApi): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const waiting = await rows(
      `select 1 from pg_stat_activity
       where datname = $1 and application_name = 'readside-write-api' and wait_event_type = 'Lock'`,
      database.name,
    );
    if (waiting.length > 0) return;
  }
  throw new Error('no command waits for a lock');
}
