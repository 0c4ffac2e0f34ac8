/** docker-compose.yml as a project of its own, beside whatever else runs: its own .env, made as .env.example says, its own ports and volumes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { choosePorts } from '../../stack/ports.ts';
import { versions } from '../../stack/versions.ts';
import { waitFor } from '../../stack/wait.ts';
import { docker, findCompose } from './engine.ts';
import { output, run, type Ran } from './run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PREFERRED_PORTS = {
  WRITE_API_PORT: 3001,
  READ_API_PORT: 3002,
  CONSOLE_PORT: 3000,
  GRAFANA_PORT: 3030,
  KAFKA_UI_PORT: 8080,
};

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly service: string;
}

export interface Project {
  readonly writeApiUrl: string;
  readonly readApiUrl: string;
  readonly consoleUrl: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** A command of Compose, as one line of words; `more` is handed on as it is. @throws Error with what it said, when it ends other than 0. */
  compose(line: string, ...more: readonly string[]): Promise<string>;
  tryCompose(line: string): Promise<Ran>;
  /** The `readside` command in a container of its own. */
  readside(line: string): Promise<string>;
  tryReadside(line: string): Promise<Ran>;
  /** Those that run, in the order of their names. */
  running(): Promise<readonly Container[]>;
  /** Everything away, with the data. */
  remove(): Promise<void>;
}

export async function openProject(name: string): Promise<Project> {
  const found = await findCompose();
  if (found === null) throw new Error('there is no Compose');
  const [command, ...words] = found;
  const folder = mkdtempSync(join(tmpdir(), 'readside-compose-'));
  const envFile = join(folder, '.env');
  const ports = await choosePorts(join(folder, 'ports.json'), PREFERRED_PORTS, 'ephemeral', () => undefined);
  const secrets = await makeEnvFile(folder);
  const assigned = Object.entries(ports).map(([variable, port]) => `${variable}=${port}\n`);
  writeFileSync(envFile, `${readFileSync(envFile, 'utf8')}${assigned.join('')}`);
  const first = [...words, '--project-name', name, '--project-directory', root, '--env-file', envFile];
  const compose: Project['compose'] = (line, ...more) =>
    output(command, [...first, ...line.split(' '), ...more], { env: { COMPOSE_PROGRESS: 'quiet' } });
  const tryCompose: Project['tryCompose'] = (line) => run(command, [...first, ...line.split(' ')]);
  return {
    writeApiUrl: `http://127.0.0.1:${ports.WRITE_API_PORT}`,
    readApiUrl: `http://127.0.0.1:${ports.READ_API_PORT}`,
    consoleUrl: `http://127.0.0.1:${ports.CONSOLE_PORT}`,
    secrets,
    compose,
    tryCompose,
    readside: (line) => compose(`run --rm --no-TTY readside ${line}`),
    tryReadside: (line) => tryCompose(`run --rm --no-TTY readside ${line}`),
    async running() {
      const format = '{{.ID}} {{.Names}} {{.Label "com.docker.compose.service"}}';
      const listed = await docker(
        'ps',
        '--no-trunc',
        '--filter',
        `label=com.docker.compose.project=${name}`,
        '--format',
        format,
      );
      return listed
        .split('\n')
        .map((line) => line.split(' '))
        .flatMap(([id, of, service]) => (id && of && service ? [{ id, name: of, service }] : []))
        .toSorted((a, b) => a.name.localeCompare(b.name));
    },
    async remove() {
      await compose('--profile * down --volumes --remove-orphans --timeout 5');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** By the very command that .env.example gives. */
async function makeEnvFile(folder: string): Promise<Record<string, string>> {
  const example = readFileSync(join(root, '.env.example'), 'utf8');
  const recipe = /^# +(\(umask 077; .*\))$/m.exec(example)?.[1];
  if (recipe === undefined) throw new Error('.env.example tells no command');
  writeFileSync(join(folder, '.env.example'), example);
  await output('sh', ['-c', `cd '${folder}' && ${recipe}`]);
  const text = readFileSync(join(folder, '.env'), 'utf8');
  return Object.fromEntries(
    Array.from(text.matchAll(/^([A-Z_]+)=(.+)$/gm), ([, name, value]) => [name, value]),
  );
}

export interface State {
  readonly Pid: number;
  readonly Running: boolean;
  readonly ExitCode: number;
  readonly StartedAt: string;
  readonly Health?: { readonly Status: string };
}

export async function stateOf(id: string): Promise<State> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the engine's own form
  return JSON.parse(await docker('inspect', '--format', '{{json .State}}', id)) as State;
}

/**
 * As a crash or the kernel's out-of-memory killer does it, so that the engine starts it again: a container that `docker kill` has ended
 * counts as stopped by a person, and stays so. From a helper that sees the engine's processes, wherever the engine is.
 */
export async function crash({ id, name }: Container): Promise<number> {
  const before = await stateOf(id);
  const since = performance.now();
  const kill = `process.kill(${before.Pid}, 'SIGKILL')`;
  await docker('run', '--rm', '--pid=host', '--user=0', versions.node.image, 'node', '-e', kill);
  await waitFor(
    `${name} to be well again`,
    async () => {
      const now = await stateOf(id);
      return now.Running && now.StartedAt !== before.StartedAt && now.Health?.Status === 'healthy';
    },
    { timeoutMs: 120_000, intervalMs: 500 },
  );
  return performance.now() - since;
}
