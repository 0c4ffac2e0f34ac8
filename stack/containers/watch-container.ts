/**
 * A container's main process as this machine knows it, and what it says, in a file of the data folder: what the supervisor of a process
 * (supervisor.ts) does for the embedded servers. The engine itself starts it again when it dies.
 */
import { createWriteStream, readFileSync, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { ContainerRuntimeClient } from 'testcontainers';
import { codeOf, messageOf } from '../errors.ts';
import type { OnEvent, ServerName } from '../events.ts';

type Docker = ContainerRuntimeClient['container']['dockerode'];

export interface WatchOptions {
  readonly docker: Docker;
  readonly id: string;
  readonly name: ServerName;
  readonly logFile: string;
  readonly onEvent: OnEvent;
}

export interface Watched {
  /** null between two lives, and where the engine's processes are not ones of this machine. */
  pid(): number | null;
  /** Of the watching: the container goes on. */
  stop(): Promise<void>;
}

/** As far as we read it of the engine's events. */
interface EngineEvent {
  readonly Action: string;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
}

export async function watchContainer({ docker, id, name, logFile, onEvent }: WatchOptions): Promise<Watched> {
  const container = docker.getContainer(id);
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  let pid: number | null = null;
  let stopped = false;
  const look = async (): Promise<void> => {
    const { State } = await container.inspect();
    if (!State.Running) return;
    pid = isOfContainer(State.Pid, id) ? State.Pid : null;
    onEvent({ type: 'starting', name, pid: pid ?? 0 });
    await followLog(docker, id, State.StartedAt, log);
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- dockerode types it by the interface that lacks destroy
  const events = (await docker.getEvents({
    filters: { container: [id], event: ['start', 'die'] },
  })) as Readable;
  // Destroying it is an error to the stream.
  events.on('error', (error) => {
    if (!stopped) onEvent({ type: 'not-ready', name, message: messageOf(error) });
  });
  createInterface({ input: events }).on('line', (line) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the engine's own form
    const { Action, Actor } = JSON.parse(line) as EngineEvent;
    if (stopped) return;
    if (Action === 'die') {
      pid = null;
      onEvent({ type: 'died', name, code: Number(Actor.Attributes['exitCode']), signal: null });
    } else {
      look().catch((error: unknown) => onEvent({ type: 'not-ready', name, message: messageOf(error) }));
    }
  });
  await look();
  return {
    pid: () => pid,
    async stop() {
      stopped = true;
      events.destroy();
      await new Promise<void>((resolve) => log.end(resolve));
    },
  };
}

/** What it says from this start on; the stream ends with the container. */
async function followLog(docker: Docker, id: string, startedAt: string, log: WriteStream): Promise<void> {
  const since = Date.parse(startedAt) / 1000;
  const said = await docker.getContainer(id).logs({ follow: true, stdout: true, stderr: true, since });
  docker.modem.demuxStream(said, log, log);
}

/** An engine in a machine of its own, as on macOS, counts processes there. */
function isOfContainer(pid: number, id: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(id);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
