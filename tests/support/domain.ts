/**
 * One of the examples as a system of its own: started as a person starts it, written to while its projectors and Connect are killed, and asked by
 * the same verbs as any other.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, SendCommand } from '../../examples/traffic/command-client.ts';
import type { RandomCommands } from '../../examples/traffic/run-traffic.ts';
import { readStackFile } from '../../cli/local/stack-file.ts';
import type { StackFile } from '../../cli/local/stack-file.ts';
import { loadApplication } from '../../services/shared/application.ts';
import { loadProjections } from '../../services/shared/load-projection.ts';
import { waitFor } from '../../stack/wait.ts';
import { newGround, runCli, startCli } from './cli.ts';
import type { CliResult } from './cli.ts';
import { openPipeline } from './pipeline.ts';
import type { Pipeline } from './pipeline.ts';

const KILL_EVERY_MS = 4000;
const START_MS = 180_000;
const SETTLE_MS = 120_000;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Domain {
  /** As it is now. */
  info(this: void): StackFile;
  /** @throws where there is no read model of this name. */
  pipeline(this: void, model: string): Pipeline;
  /** By the name of the read model. */
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly writeApiUrl: string;
  readonly token: string | null;
  /** Of the read API; `path` with its query. */
  read(this: void, path: string): Promise<Answer>;
  readside(this: void, ...args: readonly string[]): Promise<CliResult>;
  /** Resolves when all that was committed is in every read model. */
  settled(this: void): Promise<void>;
  /** Ends with an error where the system does not end well. */
  close(this: void): Promise<void>;
}

export async function openDomain(example: string): Promise<Domain> {
  const ground = newGround();
  const run = startCli(['up', '--example', example, '--traffic', '0', '--json'], ground.dataDir, ground.env);
  const readside = (...args: readonly string[]): Promise<CliResult> => runCli(args, ground.dataDir);
  const info = (): StackFile => {
    const found = readStackFile(ground.dataDir);
    if (!found) throw new Error(`${example} does not run: ${run.stderr()}`);
    return found;
  };
  const ended = run.done.then(({ code, stderr }) => {
    throw new Error(`${example} has ended with ${code}: ${stderr}`);
  });
  ended.catch(() => undefined); // told to whoever waits for the start
  const up = waitFor('the example to run', () => run.stdout().includes('\n'), { timeoutMs: START_MS });
  await Promise.race([up, ended]);
  const { postgresUrl, mongoUrl, kafkaBrokers, writeApiUrl, readApiUrl, token } = info();
  const servers = { postgresUrl, mongoUrl, kafkaBrokers };
  const projections = await loadProjections(await loadApplication(example));
  const pipelines = new Map(
    await Promise.all(
      projections.map(async (each) => [each.name, await openPipeline(each, undefined, servers)] as const),
    ),
  );
  return {
    info,
    pipelines,
    pipeline(model) {
      const found = pipelines.get(model);
      if (!found) throw new Error(`${example} has no read model ${model}`);
      return found;
    },
    writeApiUrl,
    token,
    readside,
    async read(path) {
      const headers = token === null ? {} : { authorization: `Bearer ${token}` };
      const response = await fetch(`${readApiUrl}${path}`, { headers });
      return { status: response.status, body: await response.json() };
    },
    async settled() {
      for (const pipeline of pipelines.values()) await pipeline.settled(SETTLE_MS);
    },
    async close() {
      for (const pipeline of pipelines.values()) await pipeline.close();
      run.kill('SIGINT');
      const { code } = await run.done;
      const left = ground.processes();
      ground.remove();
      if (code !== 0 || left.length > 0)
        throw new Error(`it ended with ${code}, and left ${left.join(', ')}`);
    },
  };
}

/** Kills Connect and each projector in turn with SIGKILL, for as long as `work` takes. Each is started again by its supervisor. */
export async function underKills<T>(
  domain: Domain,
  work: Promise<T>,
): Promise<T & { readonly kills: number }> {
  const stopped = new AbortController();
  const over = work.finally(() => stopped.abort());
  over.catch(() => undefined); // told below
  const pids = [
    () => domain.info().pids.connect,
    ...[...domain.pipelines.keys()].map((name) => () => domain.info().projectors[name]?.pid),
  ];
  let kills = 0;
  for (let turn = 0; !stopped.signal.aborted; turn++) {
    await sleep(KILL_EVERY_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
    if (stopped.signal.aborted) break;
    const pid = pids[turn % pids.length]?.();
    // It may be between two lives.
    if (typeof pid !== 'number') continue;
    process.kill(pid, 'SIGKILL');
    kills += 1;
  }
  return { ...(await over), kills };
}

export interface Sent {
  readonly done: number;
  /** Answers that no command should get, and commands of which nobody knows what became. */
  readonly wrong: readonly string[];
}

const WORKERS = 8;

/** Random commands, several at once, until `signal`. */
export async function sendAll<C extends Command>(
  commands: RandomCommands<C>,
  send: SendCommand,
  signal: AbortSignal,
): Promise<Sent> {
  let count = 0;
  let done = 0;
  const wrong: string[] = [];
  const act = async (): Promise<void> => {
    const command = commands.next();
    const outcome = await send(command, `random-${(count += 1)}`);
    if (outcome.kind === 'done') {
      commands.done(command, outcome.id);
      done += 1;
    } else if (outcome.kind !== 'refused') wrong.push(`${command.name}: ${JSON.stringify(outcome)}`);
  };
  while (!commands.isSeeded() && wrong.length === 0) await act();
  const worker = async (): Promise<void> => {
    while (!signal.aborted) await act();
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return { done, wrong };
}
