/**
 * docker-compose.yml on an engine, as an operator runs it: up, a demo by REST, scaled, every container killed once under load, and at
 * the end every document equal to SQL. The tests build on each other: the file is one story.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StatusReport } from '../../services/shared/status-report.ts';
import { versions } from '../../stack/versions.ts';
import { waitFor } from '../../stack/wait.ts';
import { createRandom } from '../../services/shared/random.ts';
import { createPopulation } from '../support/workload/population.ts';
import { restWriter } from '../support/workload/rest-writer.ts';
import { newSeed } from '../support/workload/settings.ts';
import { clientsOf, differing, type Clients } from './clients.ts';
import { factsOf } from './container-facts.ts';
import { docker, hasImage } from './engine.ts';
import { crash, openProject, stateOf, type Project } from './project.ts';

const NO_CAPABILITY = '0000000000000000';
const MODELS = ['profile', 'directory', 'history', 'insights'];
const root = fileURLToPath(new URL('../..', import.meta.url));
const withPrometheus = (await hasImage(versions.prometheus.image)) ? describe : describe.skip;

let project: Project;
let token = '';
let clients: Clients;

beforeAll(async () => {
  project = await openProject(`readside-test-${process.pid}`);
  await timed('built', () => project.compose('build --quiet'));
  await timed('up', () => project.compose('up --detach --no-build --wait --wait-timeout 240'));
  token = await project.readside('token --subject tests --scope admin');
  clients = clientsOf(project, token);
}, 900_000);

afterAll(async () => {
  await project.remove();
}, 120_000);

test('Compose has nothing to say about the file', async () => {
  const { code, stdout, stderr } = await project.tryCompose('--profile * config --quiet');
  expect({ code, said: `${stdout}${stderr}` }).toEqual({ code: 0, said: '' });
});

test('every container is bounded, has no process of root and no capability, and cannot write to its files', async () => {
  const containers = await project.running();
  expect(containers).toHaveLength(11);
  const users: Record<string, readonly number[]> = {};
  for (const { id, service } of containers) {
    const facts = await factsOf(id);
    expect({ service, ...facts }).toEqual({
      service,
      users: expect.not.arrayContaining([0, NaN]),
      canWriteItsFiles: false,
      effective: NO_CAPABILITY,
      bounding: NO_CAPABILITY,
      noNewPrivileges: true,
      memory: expect.any(Number),
      processes: expect.any(Number),
    });
    expect(Math.min(facts.memory, facts.processes)).toBeGreaterThan(0);
    users[service] = [...new Set(facts.users)];
  }
  say(`users ${JSON.stringify(users)}`);
});

test('nobody is let in without a token, and by Connect without its password', async () => {
  expect((await fetch(`${project.writeApiUrl}/users`, { method: 'POST' })).status).toBe(401);
  expect((await fetch(`${project.readApiUrl}/profiles`)).status).toBe(401);
  expect((await fetch(`${project.consoleUrl}/api/acts`)).status).toBe(401);
  const askConnect = (password: string): Promise<string> =>
    project.compose(
      'exec --no-TTY projector node -e',
      `fetch('http://connect:8083/connectors', { headers: { authorization: 'Basic ' + btoa('readside:${password}') } }).then(({ status }) => console.log(status))`,
    );
  expect(await askConnect('')).toBe('401');
  expect(await askConnect('wrong')).toBe('401');
  expect(await askConnect(project.secrets['CONNECT_PASSWORD'] ?? '')).toBe('200');
});

test('a command is read by whoever waits for it, and a change by plain SQL arrives as well', async () => {
  const ada = { email: 'ada@example.com', fullName: 'Ada Lovelace', preferences: { theme: 'dark' } };
  const created = await clients.post('/users', ada);
  expect(created.status).toBe(201);
  const { id } = (await created.json()) as { readonly id: string };
  const written = created.headers.get('consistency-token') ?? '';
  const shown = await clients.read(`/profiles/${id}`, { 'consistency-token': written, prefer: 'wait=30' });
  expect(shown.headers.get('freshness')).toContain('stale=?0');
  expect(await shown.json()).toMatchObject(ada);

  const sql = `update users set bio = 'by SQL' where id = '${id}'`;
  await project.compose('exec --no-TTY postgres psql --username=postgres readside --quiet --command', sql);
  const bio = async (): Promise<unknown> =>
    ((await (await clients.read(`/profiles/${id}`)).json()) as Record<string, unknown>)['bio'];
  await waitFor('the change by SQL', async () => (await bio()) === 'by SQL', { timeoutMs: 30_000 });
});

test('projectors are scaled while it runs', async () => {
  await timed('scaled', () =>
    project.compose('up --detach --no-build --no-recreate --wait --scale projector=3'),
  );
  const status = await waitFor(
    'three projectors in the group',
    async () => {
      const { stdout } = await project.tryReadside('status --json');
      const { projections } = JSON.parse(stdout) as StatusReport;
      const [first] = projections;
      return first?.projectors === 3 ? first : undefined;
    },
    { timeoutMs: 60_000, intervalMs: 1000 },
  );
  expect(['up-to-date', 'lagging']).toContain(status.state);
});

withPrometheus('Prometheus', () => {
  const query = (expression: string): Promise<string> =>
    project.compose('exec --no-TTY prometheus promtool query instant http://127.0.0.1:9090', expression);

  test('finds every container of the services', async () => {
    await timed('Prometheus', () =>
      project.compose('--profile observability up --detach --no-build --wait prometheus'),
    );
    const expected = { console: 1, 'read-api': 1, 'write-api': 1, projector: 3 };
    const up = await waitFor(
      'all of them to answer',
      async () => {
        const told = (await query('sum by (service) (up)')).matchAll(/service="([\w-]+)"\} => (\d+)/g);
        const counts: Record<string, number> = Object.fromEntries(
          Array.from(told, ([, name, count]) => [name, Number(count)]),
        );
        return Object.values(counts).reduce((sum, each) => sum + each, 0) >= 9 ? counts : undefined;
      },
      { timeoutMs: 90_000, intervalMs: 1000 },
    );
    const others = MODELS.slice(1).map((name) => [`projector-${name}`, 1] as const);
    expect(up).toEqual({ ...expected, ...Object.fromEntries(others) });
    expect(await query('readside_health{state="up-to-date"}')).toContain('service="projector-insights"');
  }, 180_000);

  test('raises each alert by what it is for, and by nothing less', async () => {
    const mounts = [
      `--volume=${root}docker/prometheus:/etc/prometheus:ro`,
      `--volume=${root}tests/containers:/tests:ro`,
    ];
    const promtool = [...mounts, '--entrypoint=promtool', versions.prometheus.image];
    expect(
      await docker('run', '--rm', ...promtool, 'check', 'config', '/etc/prometheus/prometheus.yml'),
    ).toContain('SUCCESS');
    expect(await docker('run', '--rm', ...promtool, 'test', 'rules', '/tests/rules.test.yml')).toContain(
      'SUCCESS',
    );
  });
});

test('each container is killed once while commands come in, comes back by itself, and in the end every document equals SQL', async () => {
  const stop = new AbortController();
  const people = createPopulation();
  const seeds = createRandom(newSeed());
  const writing = Promise.all(
    [1, 2].map(() =>
      restWriter(project.writeApiUrl, createRandom(seeds.below(2 ** 32)), people, stop.signal, 100, token),
    ),
  );
  const downtimes: string[] = [];
  for (const container of await project.running()) {
    const ms = await crash(container);
    downtimes.push(`${container.name.replace(/^readside-test-\d+-/, '')} ${(ms / 1000).toFixed(1)} s`);
  }
  stop.abort();
  const reports = await writing;
  say(`well again: ${downtimes.join(', ')}`);
  expect(downtimes.length).toBeGreaterThanOrEqual(12);
  expect(reports.flatMap(({ unexpected }) => unexpected)).toEqual([]);
  const acknowledged = reports.reduce((sum, each) => sum + each.acknowledged, 0);
  expect(acknowledged).toBeGreaterThan(100);

  interface Result {
    readonly projection: string;
    readonly compared: number;
    readonly wrong: readonly unknown[];
  }
  const verified = await waitFor(
    'verify to tell',
    async () => {
      const { code, stdout } = await project.tryReadside('verify --all --wait 120 --json');
      return code === 3 ? undefined : (JSON.parse(stdout) as readonly Result[]);
    },
    { timeoutMs: 240_000, intervalMs: 2000 },
  );
  expect(verified.map(({ projection, wrong }) => ({ projection, wrong }))).toEqual(
    MODELS.map((projection) => ({ projection, wrong: [] })),
  );
  // Not by the word of our own command alone: what is served, against what SQL says of the same document.
  expect(await differing(clients, people)).toEqual([]);
  const compared = people.versions.size + people.gone.size;
  say(`${acknowledged} commands, ${verified[0]?.compared} profiles verified, ${compared} compared as served`);
}, 900_000);

test('a stop is graceful: nobody has to be killed', async () => {
  const containers = await project.running();
  await timed('stopped', () => project.compose('--profile observability stop'));
  const codes: Record<string, number> = {};
  for (const { id, service } of containers) codes[service] = (await stateOf(id)).ExitCode;
  say(`exit codes ${JSON.stringify(codes)}`);
  // A JVM that ends by SIGTERM says so: 128 + 15.
  const java = ['kafka', 'connect'];
  for (const [service, code] of Object.entries(codes))
    expect([service, code]).toEqual([service, java.includes(service) ? 143 : 0]);
}, 180_000);

function say(line: string): void {
  process.stderr.write(`  ${line}\n`);
}

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  await work();
  say(`${what} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
