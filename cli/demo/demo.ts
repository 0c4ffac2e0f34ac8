/** The demo of `readside up`: one profile made and changed by REST, changed once more by plain SQL, and read from MongoDB each time. */
import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { bearer } from '../local/development-token.ts';
import type { StackFile } from '../local/stack-file.ts';

export interface DemoStep {
  readonly what: string;
  /** From the acknowledgement of the write to the answer that shows it. */
  readonly milliseconds: number;
}

export interface DemoResult {
  readonly id: string;
  readonly steps: readonly DemoStep[];
  /** As served at the end. */
  readonly profile: unknown;
}

const DEADLINE_MS = 30_000;
const POLL_MS = 1;
const REPEATS = 20;

/** `tell`: also print each step to standard output. @throws Error when a step is refused or does not arrive. */
export async function runDemo(system: StackFile, tell: boolean, signal: AbortSignal): Promise<DemoResult> {
  const steps: DemoStep[] = [];
  const print = (text: string): void => void (tell && process.stdout.write(`${text}\n`));
  const record = (what: string, elapsed: number): void => {
    const milliseconds = Math.round(elapsed * 10) / 10;
    steps.push({ what, milliseconds });
    print(`  ${what.padEnd(68)} ${milliseconds.toFixed(1).padStart(7)} ms`);
  };
  print('\nDemo: from each acknowledgement to the read model\n');

  const email = `ada.${Date.now().toString(36)}@example.com`;
  const created = await command(system, 'POST', '/users', {
    email,
    fullName: 'Ada Lovelace',
    addresses: [
      { label: 'home', line1: '12 St James’s Square', city: 'London', country: 'GB', isPrimary: true },
    ],
    preferences: { theme: 'dark', notifications: { email: true } },
  });
  await readWithToken(system, created, signal);
  record('POST /users, with an address and two preferences (the first ever)', since(created));

  const changed = await command(system, 'PATCH', `/users/${created.id}`, {
    displayName: 'Ada',
    locale: 'en-GB',
  });
  await readWithToken(system, changed, signal);
  record('PATCH /users/{id}', since(changed));

  const more: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const again = await command(system, 'PATCH', `/users/${created.id}/preferences`, { visits: i + 1 });
    await readWithToken(system, again, signal);
    more.push(since(again));
  }
  record(`PATCH /users/{id}/preferences, median of ${REPEATS}`, median(more));

  const acknowledged = await updateBySql(system, created.id);
  const profile = await readUntil(system, created.id, ({ bio }) => bio === 'changed by plain SQL', signal);
  record("update users set bio = 'changed by plain SQL'", performance.now() - acknowledged);
  print(`\nGET /profiles/${created.id}\n${JSON.stringify(profile, null, 2)}`);
  return { id: created.id, steps, profile };
}

interface Acknowledged {
  readonly id: string;
  readonly token: string;
  readonly acknowledged: number;
}

function since({ acknowledged }: Acknowledged): number {
  return performance.now() - acknowledged;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function command(
  system: StackFile,
  method: string,
  path: string,
  body: unknown,
): Promise<Acknowledged> {
  const response = await fetch(`${system.writeApiUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...bearer(system.token) },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  const answer = (await response.json()) as { id?: string };
  const acknowledged = performance.now();
  const token = response.headers.get('consistency-token');
  if (!response.ok || answer.id === undefined || token === null) {
    throw new Error(`${method} ${path} answered ${response.status}: ${JSON.stringify(answer)}`);
  }
  return { id: answer.id, token, acknowledged };
}

/** Waits on the server: one request that is answered when the document is there. */
async function readWithToken(
  system: StackFile,
  { id, token }: Acknowledged,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(`${system.readApiUrl}/profiles/${id}`, {
    headers: { ...bearer(system.token), 'consistency-token': token, prefer: `wait=${DEADLINE_MS / 1000}` },
    signal,
  });
  await response.arrayBuffer();
  const freshness = response.headers.get('freshness') ?? '';
  if (!response.ok || freshness.includes('stale=?1'))
    throw new Error(`the profile did not arrive: ${response.status} ${freshness}`);
}

async function updateBySql(system: StackFile, id: string): Promise<number> {
  const client = new pg.Client({ connectionString: system.postgresUrl });
  await client.connect();
  try {
    await client.query("update users set bio = 'changed by plain SQL' where id = $1", [id]);
    return performance.now();
  } finally {
    await client.end();
  }
}

async function readUntil(
  system: StackFile,
  id: string,
  shows: (profile: Readonly<Record<string, unknown>>) => boolean,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const response = await fetch(`${system.readApiUrl}/profiles/${id}`, {
      headers: bearer(system.token),
      signal,
    });
    const profile = (await response.json()) as Readonly<Record<string, unknown>>;
    if (response.ok && shows(profile)) return profile;
    if (performance.now() > deadline)
      throw new Error(`the SQL change was not served within ${DEADLINE_MS / 1000} s`);
    await sleep(POLL_MS, undefined, { signal });
  }
}
