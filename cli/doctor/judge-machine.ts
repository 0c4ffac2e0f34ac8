/** This machine, for a local system. Pure. */
import { checksOf, compareVersions, readVersion } from './check.ts';
import type { Check } from './check.ts';

export interface MachineFacts {
  /** Of this process. */
  readonly node: string;
  /** What `npm start` would miss: a line each, with the next step behind the first colon. */
  readonly missing: readonly string[];
  /** Of the disk with the data folder, in bytes. */
  readonly freeBytes: number;
  readonly dataDir: string;
  /** Ports that a start would want and does not get; null: a system runs, and has them. */
  readonly taken: ReadonlyArray<{ readonly name: string; readonly port: number }> | null;
}

const OLDEST_NODE = '20.11.0';
/** Kafka, Debezium and mongod take 1 GB when they are fetched; WAL may grow to 4 GB behind a connector that stands still. */
const LITTLE_BYTES = 6_000_000_000;
const TOO_LITTLE_BYTES = 1_500_000_000;

export function judgeMachine({ node, missing, freeBytes, dataDir, taken }: MachineFacts): readonly Check[] {
  const { ok, warning, broken } = checksOf('machine');
  const version = readVersion(node);
  const oldest = readVersion(OLDEST_NODE);
  const isOld = version !== null && oldest !== null && compareVersions(version, oldest) < 0;
  const free = `${(freeBytes / 1e9).toFixed(1)} GB are free for ${dataDir}`;
  const room = 'make room there, or name a folder elsewhere: --data <folder>';
  return [
    isOld
      ? broken('node', `Node is ${node}`, `install Node ${OLDEST_NODE} or newer`)
      : ok('node', `Node ${node}`),
    ...(missing.length === 0 ? [ok('prerequisites', 'Java, and what fetches the servers, are there')] : []),
    ...missing.map((line) => {
      const [text = line, ...rest] = line.split(': ');
      return broken('prerequisites', text, rest.join(': '));
    }),
    freeBytes < TOO_LITTLE_BYTES
      ? broken('disk', free, room)
      : freeBytes < LITTLE_BYTES
        ? warning('disk', free, room)
        : ok('disk', free),
    ...(taken === null ? [] : portChecks(taken)),
  ];
}

function portChecks(taken: NonNullable<MachineFacts['taken']>): readonly Check[] {
  const { ok, warning } = checksOf('machine');
  if (taken.length === 0) return [ok('ports', 'the ports are free')];
  return taken.map(({ name, port }) =>
    warning(
      'ports',
      `port ${port} (${name}) is taken`,
      'end what listens there; or leave it: another one is chosen',
    ),
  );
}
