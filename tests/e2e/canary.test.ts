/** Personal data comes in by every way, good and bad; no log holds it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { withUser } from '../../cli/local/services.ts';
import { startService } from '../support/service-process.ts';
import { stackEndpoints, testDataDir } from '../support/stack.ts';
import { after, command, read, send } from '../support/system-client.ts';
import { createTestDatabase } from '../support/test-database.ts';

const CANARY = `canary${Date.now().toString(36)}`;
const EMAIL = `${CANARY}@example.com`;

test('what belongs to a person is in the documents, and in no log of any process', async () => {
  const user = {
    email: EMAIL,
    fullName: `Full ${CANARY}`,
    addresses: [{ label: CANARY, line1: CANARY, city: CANARY, country: 'FR' }],
    preferences: { [CANARY]: CANARY },
  };
  const created = await command('POST', '/users', user, { 'idempotency-key': CANARY });
  const shown = await read(`/profiles/${created.id}`, after(created));
  expect(JSON.stringify(shown.body).split(CANARY).length).toBeGreaterThan(6);

  // Refused, each in its own place: by the schema, by the parser, by Postgres, by a key of another body.
  const refused = [
    await send('POST', '/users', user),
    await send('POST', '/users', { ...user, fullName: 'Other' }, { 'idempotency-key': CANARY }),
    await send('PATCH', `/users/${created.id}`, { nonsense: CANARY, bio: [CANARY] }),
    await send('PATCH', `/users/${created.id}`, { bio: `${CANARY}\u0000` }),
    await send('PATCH', `/users/${CANARY}`, { bio: CANARY }),
    await send('PATCH', `/users/${created.id}`, { bio: CANARY }, { 'if-match': `"${CANARY}"` }),
    await send('PUT', `/users/${created.id}/preferences/${CANARY}%00`, { value: CANARY }),
    await read(`/profiles/${CANARY}`),
    await read(`/profiles?email=${CANARY}&nonsense=${CANARY}`),
    await read(`/profiles?cursor=${CANARY}`),
    await read(`/profiles/${created.id}`, { 'consistency-token': CANARY }),
    await read(`/profiles/${created.id}?consistency=${CANARY}`),
  ];
  expect(refused.filter(({ status }) => status < 400 || status >= 500)).toEqual([]);

  // Whoever writes by SQL makes mistakes too, of which Postgres tells its log.
  const { postgresUrl, secrets } = stackEndpoints();
  const sql = new pg.Client({ connectionString: withUser(postgresUrl, 'readside_writer', secrets.writer) });
  await sql.connect();
  for (const statement of [
    `insert into users (id, email, full_name) values (gen_random_uuid(), '${EMAIL}', '${CANARY}')`,
    `update users set status = '${CANARY}' where email = '${EMAIL}'`,
    `select '${CANARY}'::uuid`,
    `insert into preferences (user_id, key, value) values ('${created.id}', 'k', '{${CANARY}')`,
  ])
    await expect(sql.query(statement)).rejects.toThrow(/duplicate|violates|invalid/);
  await expect(sql.query('select $1::integer', [CANARY])).rejects.toThrow(/invalid/);
  await sql.end();

  const deleted = await command('DELETE', `/users/${created.id}`);
  expect(await read(`/profiles/${created.id}`, after(deleted))).toMatchObject({ status: 404 });

  const logs = join(testDataDir(), 'logs');
  const names = readdirSync(logs);
  for (const process of ['postgres', 'mongod', 'kafka', 'connect', 'projector', 'write-api', 'read-api'])
    expect(names).toContain(`${process}.log`);
  const telling = names.filter((name) => readFileSync(join(logs, name), 'utf8').includes(CANARY));
  expect(telling).toEqual([]);
}, 60_000);

test('an error of the database that quotes a person is logged without them', async () => {
  const database = await createTestDatabase();
  const service = await startService('write-api', { DATABASE_URL: database.urlOf('writer') });
  try {
    await service.ready();
    await database.admin.query(`
      create function public.quote_them() returns trigger language plpgsql as
        $$ begin raise exception 'nobody called %', new.full_name using detail = new.email; end $$;
      create trigger quote_them before insert on public.users for each row execute function public.quote_them()`);
    const answer = await fetch(`${service.url}/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: EMAIL, fullName: CANARY }),
    });
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain(CANARY);
  } finally {
    const { stdout, stderr } = await service.stop();
    await database.drop();
    expect(stdout).toContain('"code":"P0001"');
    expect(stdout + stderr).not.toContain(CANARY);
  }
}, 60_000);
