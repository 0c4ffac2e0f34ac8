/** `readside erase`: whoever is erased is in no place any more, or is so by a deadline that the receipt names; and nothing brings them back. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Receipt } from '../../cli/erase/receipt.ts';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, newGround, runCli } from '../support/cli.ts';
import type { CliResult, Ground } from '../support/cli.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { produceRaw } from '../support/raw-topic.ts';
import { testDataDir } from '../support/stack.ts';
import { after, command, read } from '../support/system-client.ts';

const CANARY = `erased${Date.now().toString(36)}`;
const HOUR_MS = 3_600_000;

let pipeline: Pipeline;
let ground: Ground;
beforeAll(async () => {
  pipeline = await openPipeline();
  ground = newGround();
}, 60_000);
afterAll(async () => {
  ground.remove();
  await pipeline.close();
});

const cli = (...args: readonly string[]): Promise<CliResult> => runCli([...args], testDataDir());
const fileOf = (name: string): string => join(ground.dataDir, '..', `${name}.json`);
const stateOf = ({ places }: Receipt): Readonly<Record<string, string>> =>
  Object.fromEntries(places.map(({ place, state }) => [place, state]));

function person(name: string) {
  return {
    email: `${name}@example.com`,
    fullName: `Full ${name}`,
    addresses: [{ label: 'home', line1: `1 ${name} Street`, city: `City of ${name}`, country: 'FR' }],
    preferences: { theme: `theme of ${name}` },
  };
}

test('a person is erased, also out of the quarantine and of what was kept of commands; the receipt says where what is left, and until when', async () => {
  const made = await command('POST', '/users', person(CANARY), { 'idempotency-key': CANARY });
  const { id } = made;
  const other = await command('POST', '/users', { ...person(`other${CANARY}`), fullName: `Full ${CANARY}` });
  await read(`/profiles/${id}`, after(made));
  await read(`/profiles/${other.id}`, after(other));
  // A change that nobody can decode holds back what follows, the end of the person too.
  await produceRaw(pipeline.projection.topic, [{ key: id, value: `{"op":${CANARY}` }]);
  await waitFor(
    'the quarantine',
    async () => (await read(`/profiles/${id}`)).freshness['degraded'] === '?1',
    {
      timeoutMs: 30_000,
    },
  );

  const out = fileOf('receipt');
  const result = await cli('erase', id.toUpperCase(), '--json', '--out', out);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const receipt = jsonOf(result) as Receipt;
  expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(receipt);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  expect(receipt).toMatchObject({ id, erasure: expect.stringMatching(/^[\da-f-]{36}$/) });
  expect(receipt.fingerprints.length).toBeGreaterThan(4);
  expect(JSON.stringify(receipt)).not.toContain(CANARY);

  expect(await read(`/profiles/${id}`)).toMatchObject({ status: 404 });
  expect(await read(`/profiles/${other.id}`)).toMatchObject({
    status: 200,
    body: { fullName: `Full ${CANARY}` },
  });
  expect(stateOf(receipt)).toMatchObject({
    'Postgres: rows': 'gone',
    'Postgres: idempotency keys': 'gone',
    'MongoDB: profiles': 'gone',
    'MongoDB: _readside': 'gone',
    'Kafka: profile.changes': 'going',
    'Kafka: profile.dead-letters': 'going',
  });
  const deadlines = receipt.places.flatMap(({ deadline }) => deadline ?? []).map((each) => Date.parse(each));
  expect(deadlines).toHaveLength(2);
  expect(Math.min(...deadlines)).toBeGreaterThan(Date.now() + HOUR_MS);
  expect(Math.max(...deadlines)).toBeLessThan(Date.now() + 32 * 24 * HOUR_MS);
  const { rows } = await pipeline.sql.query('select document_id from readside.erasures where id = $1', [
    receipt.erasure,
  ]);
  expect(rows).toEqual([{ document_id: id }]);

  // The same again by the receipt, and after the changes were delivered once more.
  expect(await cli('erase', '--verify', out)).toMatchObject({ code: 0, stderr: '' });
  const [first = ''] = receipt.places.find(({ place }) => place === 'Kafka: profile.changes')?.at ?? [];
  expect(await cli('replay', 'profile', '--from', first)).toMatchObject({ code: 0 });
  await pipeline.settled();
  expect(await read(`/profiles/${id}`)).toMatchObject({ status: 404 });

  // What would be left is found: in another one's document, in a forgotten collection, and too late.
  await pipeline.documents.updateOne({ _id: other.id }, { $set: { displayName: `${CANARY}@example.com` } });
  const copied = await cli('erase', '--verify', out, '--json');
  await pipeline.documents.updateOne({ _id: other.id }, { $set: { displayName: null } });
  expect(copied.code).toBe(1);
  expect((jsonOf(copied) as Receipt).places).toContainEqual({
    place: 'MongoDB: profiles',
    state: 'found',
    at: [other.id],
  });
  const forgotten = pipeline.db.collection<{ _id: string; note: string }>('profiles_forgotten');
  await forgotten.insertOne({ _id: 'a note', note: `1 ${CANARY} STREET ` });
  const left = await cli('erase', '--verify', out, '--json');
  await forgotten.drop();
  expect(left.code).toBe(1);
  expect((jsonOf(left) as Receipt).places).toContainEqual({
    place: 'MongoDB: profiles_forgotten',
    state: 'found',
    at: ['a note'],
  });
  const late = fileOf('late');
  writeFileSync(late, JSON.stringify({ ...receipt, erasedAt: new Date(Date.now() - 60 * 24 * HOUR_MS) }));
  const expired = await cli('erase', '--verify', late);
  expect(expired.code).toBe(1);
  expect(expired.stdout).toMatch(/Kafka: profile\.changes +found/);
}, 120_000);

test('who is not there, and what is no receipt, is said', async () => {
  const nobody = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';
  const absent = await cli('erase', nobody, '--out', fileOf('absent'));
  expect(absent).toMatchObject({ code: 1, stdout: '' });
  expect(absent.stderr).toContain(`nobody has the id ${nobody}`);
  const broken = fileOf('broken');
  writeFileSync(broken, '{"id":1}');
  expect(await cli('erase', '--verify', broken)).toMatchObject({ code: 2, stdout: '' });
  expect(await cli('erase', '--verify', fileOf('none'))).toMatchObject({ code: 2, stdout: '' });
  expect(await cli('erase')).toMatchObject({ code: 2, stdout: '' });
  expect(await cli('erase', nobody)).toMatchObject({ code: 2, stdout: '' });
}, 60_000);
