/**
 * docker-compose.yml on an engine, as an operator runs it: up, a demo by REST, scaled, every container killed once under load, and at
 * the end every document equal to SQL. The tests build on each other: the file is one story.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bearer } from '../../cli/local/development-token.ts';
import { waitFor } from '../../stack/wait.ts';
import { versions } from '../../stack/versions.ts';
import { createRandom } from '../support/random.ts';
import { createPopulation } from '../support/workload/population.ts';
import { restWriter } from '../support/workload/rest-writer.ts';
import { newSeed } from '../support/workload/settings.ts';
import { docker, hasImage } from './engine.ts';
import { crash, openProject, stateOf, type Container, type Project } from './project.ts';
import { run } from './run.ts';

const OWN_IMAGE = 'readside:0.1.0';
const IDS_AT_ONCE = 8;
const root = fileURLToPath(new URL('../..', import.meta.url));
const withPrometheus = (await hasImage(versions.prometheus.image)) ? describe : describe.skip;

let project: Project;
let token = '';

beforeAll(async () => {
  project = await openProject(`readside-test-${process.pid}`);
  await timed('built', () => project.compose('build', '--quiet'));
  await timed('up', () => project.compose('up', '--detach', '--no-build', '--wait', '--wait-timeout', '240'));
  token = await project.readside('token', '--subject', 'tests', '--scope', 'admin');
}, 900_000);

afterAll(async () => {
  await project.remove();
}, 120_000);

test('the file is one that Compose has nothing to say about', async () => {
  const { code, stdout, stderr } = await project.tryCompose('--profile', '*', 'config', '--quiet');
  expect({ code, said: `${stdout}${stderr}` }).toEqual({ code: 0, said: '' });
});

describe('every container', () => {
  const each = async (look: (container: Container) => Promise<unknown>): Promise<Record<string, unknown>> => {
    const containers = await project.running();
    expect(containers.length).toBe(10);
    return Object.fromEntries(
      await Promise.all(containers.map(async (one) => [one.service, await look(one)])),
    );
  };

  test('has no process of root', async () => {
    const users = await each(async ({ id }) =>
      (await docker('top', id, '-eo', 'uid,pid'))
        .split('\n')
        .slice(1)
        .map((line) => parseInt(line, 10)),
    );
    for (const uids of Object.values(users)) {
      expect(uids).not.toContain(0);
      expect(uids).not.toContain(NaN);
    }
    process.stderr.write(
      `  users ${JSON.stringify(Object.fromEntries(Object.entries(users).map(([name, uids]) => [name, (uids as number[])[0]])))}\n`,
    );
  });

  test('has no capability, can gain none, and cannot write to its file system', async () => {
    const found = await each(async ({ id }) => {
      const { code } = await run('docker', ['exec', id, 'sh', '-c', 'echo x >/written']);
      const status = await docker('exec', id, 'cat', '/proc/1/status');
      return {
        written: code === 0,
        caps: /CapEff:\s+(\S+)/.exec(status)?.[1],
        bounding: /CapBnd:\s+(\S+)/.exec(status)?.[1],
        noNew: /NoNewPrivs:\s+(\S+)/.exec(status)?.[1],
      };
    });
    const none = '0000000000000000';
    for (const one of Object.values(found))
      expect(one).toEqual({ written: false, caps: none, bounding: none, noNew: '1' });
  });

  test('is bounded', async () => {
    const limits = await each(async ({ id }) =>
      docker('inspect', '--format', '{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}', id),
    );
    for (const limit of Object.values(limits)) expect(limit).toMatch(/^[1-9]\d+ [1-9]\d+$/);
  });
});

test('nobody is let in without a token, and Connect without its password', async () => {
  for (const url of [`${project.writeApiUrl}/users`, `${project.readApiUrl}/profiles`])
    expect((await fetch(url, { method: url.endsWith('users') ? 'POST' : 'GET' })).status).toBe(401);
  const ask = (authorization: string): Promise<string> =>
    project.compose(
      'exec',
      '--no-TTY',
      'projector',
      'node',
      '-e',
      `fetch('http://connect:8083/connectors', { headers: { authorization: '${authorization}' } }).then(({ status }) => console.log(status))`,
    );
  expect(await ask('')).toBe('401');
  expect(await ask(`Basic ${btoa('readside:wrong')}`)).toBe('401');
  expect(await ask(`Basic ${btoa(`readside:${project.secrets['CONNECT_PASSWORD']}`)}`)).toBe('200');
});

test('a command is read by whoever waits for it, and a change by plain SQL arrives as well', async () => {
  const created = await send('POST', '/users', {
    email: 'ada@example.com',
    fullName: 'Ada Lovelace',
    preferences: { theme: 'dark' },
  });
  expect(created.status).toBe(201);
  const { id } = (await created.json()) as { readonly id: string };
  const shown = await read(`/profiles/${id}`, {
    'consistency-token': created.headers.get('consistency-token') ?? '',
    prefer: 'wait=30',
  });
  expect(shown.headers.get('freshness')).toContain('stale=?0');
  expect(await shown.json()).toMatchObject({ fullName: 'Ada Lovelace', preferences: { theme: 'dark' } });
  await project.compose(
    'exec',
    '--no-TTY',
    'postgres',
    'psql',
    '--username=postgres',
    'readside',
    '--quiet',
    '--command',
    `update users set bio = 'by SQL' where id = '${id}'`,
  );
  await waitFor(
    'the change by SQL',
    async () => ((await (await read(`/profiles/${id}`)).json()) as { bio: string }).bio === 'by SQL',
    { timeoutMs: 30_000 },
  );
});

test('projectors are scaled while it runs', async () => {
  await timed('scaled', () =>
    project.compose('up', '--detach', '--no-build', '--no-recreate', '--wait', '--scale', 'projector=3'),
  );
  const profile = await waitFor(
    'three projectors in the group',
    async () => {
      const { stdout } = await project.tryCompose('run', '--rm', '--no-TTY', 'readside', 'status', '--json');
      const [first] = JSON.parse(stdout) as readonly {
        readonly projectors: number;
        readonly state: string;
      }[];
      return first?.projectors === 3 ? first : undefined;
    },
    { timeoutMs: 60_000, intervalMs: 1000 },
  );
  expect(['up-to-date', 'lagging']).toContain(profile.state);
});

withPrometheus('Prometheus', () => {
  test('finds each of them, and no alert is raised', async () => {
    await timed('prometheus', () =>
      project.compose(
        '--profile',
        'observability',
        'up',
        '--detach',
        '--no-build',
        '--no-recreate',
        '--wait',
        '--scale',
        'projector=3',
        'prometheus',
      ),
    );
    const query = (expression: string): Promise<string> =>
      project.compose(
        'exec',
        '--no-TTY',
        'prometheus',
        'promtool',
        'query',
        'instant',
        'http://127.0.0.1:9090',
        expression,
      );
    await waitFor(
      'all targets to be up',
      async () => {
        const told = await query('sum by (service) (up)');
        const up = Object.fromEntries(
          Array.from(told.matchAll(/service="([\w-]+)"\} => (\d+)/g), ([, name, count]) => [
            name,
            Number(count),
          ]),
        );
        expect(up).toEqual({
          'write-api': 1,
          'read-api': 1,
          projector: 3,
          'projector-directory': 1,
          'projector-history': 1,
          'projector-insights': 1,
        });
        return true;
      },
      { timeoutMs: 60_000, intervalMs: 1000 },
    );
    expect(await query('readside_health{state="up-to-date"} == 1')).toContain('service="projector"');
    expect(await query('ALERTS{alertstate="firing"}')).toBe('');
  });

  test('raises each alert by what it is for, and by nothing less', async () => {
    const told = await docker(
      'run',
      '--rm',
      '--entrypoint=promtool',
      '--volume',
      `${root}docker/prometheus:/etc/prometheus:ro`,
      '--volume',
      `${root}tests/containers:/tests:ro`,
      versions.prometheus.image,
      'test',
      'rules',
      '/tests/rules.test.yml',
    );
    expect(told).toContain('SUCCESS');
  });
});

test('each container is killed once while commands come in, comes back by itself, and in the end every document equals SQL', async () => {
  const stop = new AbortController();
  const people = createPopulation();
  const writing = Promise.all(
    [1, 2].map((salt) =>
      restWriter(project.writeApiUrl, createRandom(newSeed() + salt), people, stop.signal, 20, token),
    ),
  );
  const downtimes: Record<string, string> = {};
  for (const container of await project.running())
    downtimes[container.name.replace(/^readside-test-\d+-/, '')] =
      `${((await crash(container, OWN_IMAGE)) / 1000).toFixed(1)} s`;
  stop.abort();
  const reports = await writing;
  process.stderr.write(`  well again after ${JSON.stringify(downtimes)}\n`);
  expect(Object.keys(downtimes).length).toBeGreaterThanOrEqual(12);
  expect(reports.flatMap(({ unexpected }) => unexpected)).toEqual([]);
  const acknowledged = reports.reduce((sum, each) => sum + each.acknowledged, 0);
  expect(acknowledged).toBeGreaterThan(100);

  const verified = await waitFor(
    'verify to tell',
    async () => {
      const { code, stdout } = await project.tryCompose(
        'run',
        '--rm',
        '--no-TTY',
        'readside',
        'verify',
        '--all',
        '--wait',
        '120',
        '--json',
      );
      return code === 3
        ? undefined
        : (JSON.parse(stdout) as readonly {
            readonly projection: string;
            readonly compared: number;
            readonly wrong: readonly unknown[];
          }[]);
    },
    { timeoutMs: 240_000, intervalMs: 2000 },
  );
  expect(verified.map(({ projection, wrong }) => ({ projection, wrong }))).toEqual(
    ['profile', 'directory', 'history', 'insights'].map((projection) => ({ projection, wrong: [] })),
  );

  // Not by the word of our own command alone: what is served, against what SQL says of the same document.
  const wrong = await differing([...people.versions], people.gone);
  process.stderr.write(
    `  ${acknowledged} commands acknowledged, ${verified[0]?.compared} profiles verified, ${people.versions.size + people.gone.size} compared as served\n`,
  );
  expect(wrong).toEqual([]);
}, 900_000);

test('a stop is graceful: nobody has to be killed', async () => {
  const containers = await project.running();
  await timed('stopped', () => project.compose('--profile', 'observability', 'stop'));
  const codes = Object.fromEntries(
    await Promise.all(
      containers.map(async ({ id, service }) => [service, (await stateOf(id)).ExitCode] as const),
    ),
  );
  process.stderr.write(`  exit codes ${JSON.stringify(codes)}\n`);
  // A JVM that ends by SIGTERM says so: 128 + 15.
  for (const [service, code] of Object.entries(codes))
    expect([service, code]).toEqual([service, ['kafka', 'connect'].includes(service) ? 143 : 0]);
}, 180_000);

function send(method: string, path: string, body: unknown): Promise<Response> {
  return fetch(`${project.writeApiUrl}${path}`, {
    method,
    headers: { ...bearer(token), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function read(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${project.readApiUrl}${path}`, { headers: { ...bearer(token), ...headers } });
}

/** Documents that are not served as SQL has them, at least at the version that was acknowledged, or that are served though they are deleted. */
async function differing(
  versionsOf: readonly (readonly [string, number])[],
  gone: ReadonlySet<string>,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const queue = [...versionsOf, ...[...gone].map((id) => [id, null] as const)].values();
  await Promise.all(
    Array.from({ length: IDS_AT_ONCE }, async () => {
      for (const [id, version] of queue) {
        const [served, source] = await Promise.all([
          read(`/profiles/${id}`),
          read(`/profiles/${id}?consistency=source`),
        ]);
        const [document, truth] = [await served.text(), await source.text()];
        if (version === null) {
          if (served.status !== 404) wrong.push(`${id}: deleted, answered ${served.status}`);
        } else if (served.status !== 200 || document !== truth)
          wrong.push(`${id}: ${served.status} ${document} is not ${truth}`);
        else if ((JSON.parse(document) as { version: number }).version < version)
          wrong.push(`${id}: version ${version} was acknowledged`);
      }
    }),
  );
  return wrong;
}

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  await work();
  process.stderr.write(`  ${what} in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}
