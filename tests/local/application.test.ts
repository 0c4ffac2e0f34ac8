/** An application other than the profile, in a data folder of its own: its traffic flows, every verb is about it, and nothing is left. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, linesOf, newGround, runCli, startCli } from '../support/cli.ts';
import type { CliResult, CliRun, Ground } from '../support/cli.ts';

const NOTES = fileURLToPath(new URL('../fixtures/apps/notes', import.meta.url));

interface Info {
  readonly application: string;
  readonly postgresUrl: string;
  readonly readApiUrl: string;
  readonly consoleUrl: string;
  readonly token: string;
  readonly pids: Readonly<Record<string, number>>;
}

let ground: Ground;
let run: CliRun;
let info: Info;
let database: pg.Client;
beforeAll(async () => {
  ground = newGround();
  run = startCli(['up', '--example', NOTES, '--traffic', '20', '--json'], ground.dataDir, ground.env);
  await waitFor('the system', () => run.stdout().includes('\n'), { timeoutMs: 120_000 });
  info = JSON.parse(run.stdout()) as Info;
  database = new pg.Client({ connectionString: info.postgresUrl });
  database.on('error', () => undefined); // the end of the system ends it
  await database.connect();
}, 150_000);
afterAll(async () => {
  await database.end();
  run.kill('SIGKILL');
  await run.done;
  await runCli(['down'], ground.dataDir);
  ground.remove();
}, 60_000);

/** None of these says which application is meant: its data does. */
const readside = (...args: readonly string[]): Promise<CliResult> => runCli(args, ground.dataDir);
const told = async (...args: readonly string[]): Promise<readonly string[]> =>
  linesOf(await readside(...args));
const rows = async (sql: string): Promise<readonly string[]> =>
  (await database.query<{ name: string }>(sql)).rows.map(({ name }) => name);
const newest = async (): Promise<string> =>
  (await rows('select id::text as name from notes order by id desc limit 1'))[0] ?? '';

test('its database has the foundation, and its own tables only', async () => {
  expect(info.application).toBe(NOTES);
  const tables = "select tablename::text as name from pg_tables where schemaname = 'public' order by 1";
  expect(await rows(tables)).toEqual(['notes']);
  expect(await rows('select name from readside.migrations')).toEqual(['1764000000001_notes']);
  expect(await readside('migrate')).toMatchObject({
    stdout: 'the schema is up to date\nsource views: "readside"."notes_source"\n',
  });
});

test('its traffic is a process like the services’, written and read back until it is stopped', async () => {
  expect(Object.keys(info.pids).toSorted()).toEqual([
    'connect',
    'console',
    'kafka',
    'mongod',
    'postgres',
    'projector',
    'readApi',
    'traffic',
    'writeApi',
  ]);
  const read = async (id: string): Promise<boolean> => {
    const headers = { authorization: `Bearer ${info.token}` };
    return (await fetch(`${info.readApiUrl}/notes/${id}`, { headers })).ok;
  };
  const before = await newest();
  const next = await waitFor(
    'the next note',
    async () => {
      const id = await newest();
      return id !== before && id;
    },
    { timeoutMs: 20_000 },
  );
  await waitFor('it to be read', () => read(next), { timeoutMs: 20_000 });
  process.kill(info.pids['traffic'] ?? 0, 'SIGKILL');
  const at = await newest();
  await waitFor('the next process to write', async () => (await newest()) !== at, { timeoutMs: 30_000 });
});

test('the verbs speak of it: what is read', async () => {
  const id = await newest();
  const [status, list, streams, letters, found, plan, rights] = await Promise.all([
    readside('status', '--json'),
    readside('projections', 'list', '--json'),
    told('connectors', 'status'),
    told('dlq', 'list'),
    told('find', id),
    told('plan', 'notes'),
    told('acls'),
  ]);
  expect(jsonOf(status)).toMatchObject({ projections: [{ projection: 'notes' }] });
  expect(jsonOf(list)).toMatchObject([{ projection: 'notes', version: 1, built: 1, collection: 'notes' }]);
  expect(streams).toEqual(['readside-notes RUNNING (task 0 RUNNING)']);
  expect(letters).toEqual(['nothing is in quarantine']);
  expect(found).toEqual([expect.stringContaining(id)]);
  expect(plan.join('\n')).toContain('notes');
  expect(rights.filter((line) => line.includes('notes.changes'))).not.toEqual([]);
  expect(rights.filter((line) => line.includes('profile'))).toEqual([]);
});

test('the verbs speak of it: what compares and what heals', async () => {
  const id = await newest();
  const [verified, explained, checked, registered, doctor] = await Promise.all([
    readside('verify', '--json'),
    readside('explain', id, '--json'),
    told('check'),
    readside('register', '--json'),
    readside('doctor', '--json'),
  ]);
  expect(jsonOf({ ...verified, stderr: '' })).toMatchObject([
    { projection: 'notes', wrong: [], undecided: [] },
  ]);
  expect(explained.stdout).toContain(id);
  expect(checked).toEqual(['● notes: everything fits']);
  expect(jsonOf(registered)).toMatchObject({ topicsMade: [], connectors: [{ name: 'readside-notes' }] });
  expect(doctor.stdout).toContain('notes');
  expect(doctor.stdout).not.toContain('profile');
  expect(await readside('rebuild', 'notes')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^rebuilt notes: \d+ documents copied, \d+ compared with SQL, all equal/),
  });
});

test('what it has not is refused in a line: another application’s read models, and persons', async () => {
  const [profile, other, erased] = await Promise.all([
    readside('verify', 'profile'),
    readside('--example', 'profile', 'status'),
    readside('erase', '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f', '--out', join(ground.folder, 'receipt')),
  ]);
  expect(profile).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('PROJECTION profile: there is no'),
  });
  expect(linesOf(other)).toEqual([
    `readside: ${ground.dataDir} holds the data of ${NOTES}, not of profile: take another folder by --data`,
  ]);
  expect(linesOf(erased)).toEqual(['readside: notes holds no persons: there is nobody to erase']);
});

test('its console shows it', async () => {
  const headers = { authorization: `Bearer ${info.token}` };
  const shown = await waitFor(
    'the console to have looked',
    async () => {
      const response = await fetch(`${info.consoleUrl}/api/history`, { headers });
      const { projections } = (await response.json()) as { readonly projections: object };
      return Object.keys(projections).length > 0 && projections;
    },
    { timeoutMs: 30_000 },
  );
  expect(Object.keys(shown)).toEqual(['notes']);
});

test('Ctrl-C ends all of it', async () => {
  run.kill('SIGINT');
  expect(await run.done).toMatchObject({ code: 0 });
  expect(ground.processes()).toEqual([]);
  expect(readdirSync(join(ground.dataDir, 'run'))).toEqual([]);
  expect(existsSync(join(ground.dataDir, 'stack.json'))).toBe(false);
});
