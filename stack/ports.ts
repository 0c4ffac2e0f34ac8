/**
 * Which ports the servers of one data folder listen on. They are remembered in the folder: a start after a stop finds the same ones, if they are
 * still free, so that URLs that somebody copied stay right.
 */
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { OnEvent } from './events.ts';
import { readJson, writeJson } from './json-file.ts';

const serverPorts: Readonly<Record<PortName, number>> = {
  postgres: 15432,
  mongod: 27117,
  kafka: 19092,
  kafkaController: 19093,
  connect: 18083,
};

export type PortName = 'postgres' | 'mongod' | 'kafka' | 'kafkaController' | 'connect';
export type StackPorts = Readonly<Record<PortName, number>>;
export type PortPolicy = 'defaults' | 'ephemeral';

/** The ports of the servers. */
export function chooseStackPorts(dataDir: string, policy: PortPolicy, onEvent: OnEvent): Promise<StackPorts> {
  return choosePorts(join(dataDir, 'ports.json'), serverPorts, policy, onEvent);
}

/** Those that a start would like to have. */
export function wantedStackPorts(path: string): Readonly<Record<string, number>> {
  return { ...serverPorts, ...readPorts(path, serverPorts) };
}

/** Chooses a port for each name and remembers them in the file `path`; a port that differs from the one wanted is reported. */
export async function choosePorts<N extends string>(
  path: string,
  preferred: Readonly<Record<N, number>>,
  policy: PortPolicy,
  onEvent: OnEvent,
): Promise<Readonly<Record<N, number>>> {
  const remembered = readPorts(path, preferred);
  const taken = new Set<number>();
  const ports: Partial<Record<N, number>> = {};
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.keys forgets the names
  for (const name of Object.keys(preferred) as N[]) {
    const wanted = remembered[name] ?? (policy === 'defaults' ? preferred[name] : undefined);
    const port = await firstFree(candidates(wanted, policy), taken);
    if (wanted !== undefined && wanted !== port) onEvent({ type: 'port', name, wanted, port });
    taken.add(port);
    ports[name] = port;
  }
  writeJson(path, ports);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the loop above has set each name
  return ports as Record<N, number>;
}

/**
 * Random ports from below the range that the kernel gives to outgoing connections (32768 and up on Linux). A port from inside that range, which
 * is what listening on port 0 gives, can be taken by any client's own end while the server is down between a kill and its restart.
 */
function* candidates(wanted: number | undefined, policy: PortPolicy): Generator<number> {
  if (wanted !== undefined) yield wanted;
  if (policy === 'defaults' && wanted !== undefined)
    for (let port = wanted + 1; port < Math.min(wanted + 200, 65_536); port += 1) yield port;
  for (let tries = 0; tries < 500; tries += 1) yield randomInt(20_000, 32_768);
}

async function firstFree(ports: Iterable<number>, taken: ReadonlySet<number>): Promise<number> {
  for (const port of ports) if (!taken.has(port) && (await isFree(port))) return port;
  throw new Error('no free port on 127.0.0.1');
}

/** Free on every address: a server of somebody else on 0.0.0.0 counts as taken. */
export async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'));
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // EADDRINUSE, or EACCES below 1024: whatever the reason, this port is not for us.
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function readPorts<N extends string>(
  path: string,
  preferred: Readonly<Record<N, number>>,
): Partial<Record<N, number>> {
  const stored = readJson(path);
  if (typeof stored !== 'object' || stored === null) return {};
  const entries = Object.entries(stored).filter(
    ([name, port]) => name in preferred && Number.isInteger(port) && port > 0 && port < 65_536,
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- filtered to those names just above
  return Object.fromEntries(entries) as Partial<Record<N, number>>;
}
