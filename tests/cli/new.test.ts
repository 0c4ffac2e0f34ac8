/** `readside new projection`: from tables that are there to a definition that loads, whose own test passes, in the house's form. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { jsonOf, runCli } from '../support/cli.ts';
import { runningSystem, testDataDir } from '../support/stack.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const TABLES = ['generated_tickets', 'generated_notes', 'Generated_labels'];
let sql: pg.Client;
let clone: string;

beforeAll(async () => {
  sql = new pg.Client({ connectionString: runningSystem().postgresUrl });
  await sql.connect();
  await sql.query(`
    create table generated_tickets (id uuid primary key, title text not null, price numeric, open boolean not null,
      version int not null, places point, created_at timestamptz not null);
    create table generated_notes (id bigint primary key, ticket uuid not null references generated_tickets, body text,
      created_at timestamptz not null);
    create table "Generated_labels" (ticket uuid references generated_tickets, label text, meaning jsonb, primary key (ticket, label))`);
  clone = mkdtempSync(join(tmpdir(), 'readside-new-'));
  // Of a clone what a specification needs.
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  for (const name of ['services', 'tests/support', 'package.json', 'jest.config.mjs', '.prettierrc.json'])
    cpSync(join(root, name), join(clone, name), { recursive: true });
});
afterAll(async () => {
  await sql.query(`drop table if exists ${TABLES.toReversed().map(pg.escapeIdentifier).join(', ')}`);
  await sql.end();
  rmSync(clone, { recursive: true, force: true });
});

function generate(...more: readonly string[]) {
  return runCli(
    ['new', 'projection', 'generated_tickets', '--table', ...TABLES, '--into', clone, ...more],
    testDataDir(),
  );
}

interface Written {
  readonly files: readonly string[];
  readonly leftOut: readonly string[];
  readonly foreign: readonly string[];
}

test('writes a definition, its test, its page and what the tables lack; the test passes and the form is the house’s', async () => {
  const dry = await generate('--dry-run');
  expect(dry.stdout).toContain('── projections/generated_tickets.ts');
  expect(existsSync(join(clone, 'projections'))).toBe(false);

  const done = await generate('--json');
  expect(done.code).toBe(0);
  const { files, leftOut, foreign } = jsonOf(done) as Written;
  expect(leftOut).toEqual(['generated_tickets.places: point']);
  expect(foreign).toEqual(TABLES);
  const [definition = '', specification = '', page = '', migration = ''] = files;
  expect(page).toBe('docs/read-models/generated_tickets.md');
  const lacking = readFileSync(join(clone, migration), 'utf8');
  for (const table of TABLES)
    expect(lacking).toContain(`alter publication readside add table public."${table}";`);
  // What it says is SQL that these tables take.
  await sql.query('begin');
  await sql.query(lacking);
  await sql.query('rollback');

  const prettier = join(root, 'node_modules/prettier/bin/prettier.cjs');
  await run(process.execPath, [prettier, '--check', definition, specification, page], { cwd: clone });
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const env = { ...process.env, NODE_OPTIONS: '--experimental-vm-modules --no-warnings' };
  const { stderr } = await run(process.execPath, [jest, specification], { cwd: clone, env });
  expect(stderr).toContain('4 passed, 4 total');

  const again = await generate();
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('nothing was written, for there is projections/generated_tickets.ts');
});

test.each([
  [
    'a table that is not there',
    ['--table', 'generated_nowhere'],
    'Postgres has no table public.generated_nowhere',
  ],
  ['a root that is none', ['--table', 'Generated_labels'], 'public.Generated_labels cannot be a root'],
  ['no table', [], '--table'],
])('says what is wrong with %s', async (_what, args, message) => {
  const refused = await runCli(['new', 'projection', 'generated', ...args, '--into', clone], testDataDir());
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(message);
});
