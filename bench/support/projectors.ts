/** Projectors and read APIs of a benchmark's own, beside those of the system, and what has become of their topic. */
import type { Admin } from 'kafkajs';
import type { Db } from 'mongodb';
import { PROJECTOR_MEMORY, withUser } from '../../cli/local/services.ts';
import type { System } from '../../cli/local/system.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { waitFor } from '../../stack/wait.ts';
import { startMeasured } from './measured-process.ts';
import type { MeasuredProcess } from './measured-process.ts';

export interface Started extends MeasuredProcess {
  /** Resolves with Date.now() of when it was ready to work, by its own log. */
  readonly began: Promise<number>;
  /** Date.now() of when it was started. */
  readonly startedAt: number;
}

const DEADLINE_MS = 600_000;
type Env = Readonly<Record<string, string>>;

/** `projection`: a name in projections/, or what a file was compiled to. `began`: in the group, about to fetch. */
export function startProjector(system: System, projection: string, env: Env = {}): Started {
  const { postgresUrl, mongoUrl, kafkaBrokers } = system.info();
  const { secrets } = system.stack;
  return start('services/projector/server.ts', '"projecting"', {
    PROJECTION: projection,
    DATABASE_URL: withUser(postgresUrl, 'readside_reader', secrets.reader),
    KAFKA_BROKERS: kafkaBrokers,
    ...PROJECTOR_MEMORY,
    // The changes are put into Kafka as they are: there is no source to compare with.
    VERIFY_PER_SECOND: '0',
    MONGODB_URL: withUser(mongoUrl, 'readside_projector', secrets.mongoProjector),
    ...env,
  });
}

/** `began`: it listens. */
export function startReadApi(system: System, projection: string, env: Env = {}): Started {
  const { postgresUrl, mongoUrl } = system.info();
  const { secrets } = system.stack;
  return start('services/read-api/server.ts', '"listening"', {
    PROJECTION: projection,
    DATABASE_URL: withUser(postgresUrl, 'readside_reader', secrets.reader),
    MONGODB_URL: withUser(mongoUrl, 'readside_reader', secrets.mongoReader),
    ...env,
  });
}

function start(script: string, mark: string, env: Env): Started {
  const startedAt = Date.now();
  const process = startMeasured(script, [], { HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info', ...env });
  const began = process.line((line) =>
    line.includes(mark)
      ? new Date((JSON.parse(line) as { readonly time: string }).time).getTime()
      : undefined,
  );
  began.catch(() => undefined); // told to whoever asks
  return { ...process, startedAt, began };
}

/** As if no projector of it had ever run: no documents, no positions, no group. Nobody may be in the group. */
export async function forget(db: Db, admin: Admin, { resource, name, group }: Projection): Promise<void> {
  await db.collection(resource).drop();
  await db.collection<StoredDocument>('_readside').deleteMany({ _id: { $regex: `^${name}:` } });
  const { groups } = await admin.listGroups();
  if (groups.some(({ groupId }) => groupId === group)) await admin.deleteGroups([group]);
}

/** Changes that the group has committed. Markers of transactions would count as well: not for topics that have them. */
export async function committedBy(
  admin: Admin,
  { topic, group }: Pick<Projection, 'topic' | 'group'>,
): Promise<number> {
  const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  const each = offsets?.partitions.map(({ offset }) => Math.max(0, Number(offset))) ?? [];
  return each.reduce((sum, offset) => sum + offset, 0);
}

export async function untilCommitted(
  admin: Admin,
  projection: Pick<Projection, 'topic' | 'group'>,
  changes: number,
  signal: AbortSignal,
): Promise<void> {
  await waitFor(
    `${changes} changes to be applied`,
    async () => (await committedBy(admin, projection)) === changes,
    { timeoutMs: DEADLINE_MS, intervalMs: 20, signal },
  );
}
