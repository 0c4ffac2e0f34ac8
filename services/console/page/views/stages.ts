/** From a look to the seven stages that a change goes through: what each does, and which one holds up those behind it. Pure. */
import type { Cause, CauseCode } from '../../../shared/health/causes.ts';
import type { ProjectionReport, ServerReport, StatusReport } from '../../../shared/status-report.ts';
import { bytes, count, milliseconds, NONE, rate } from '../data/format.ts';
import { streamOf } from '../data/state.ts';

export const STAGES = [
  'writeApi',
  'postgres',
  'debezium',
  'kafka',
  'projectors',
  'mongodb',
  'readApi',
] as const;
export type StageName = (typeof STAGES)[number];

export type StageState = 'flowing' | 'lagging' | 'stalled' | 'paused' | 'waiting' | 'starting' | 'unknown';

export interface Stage {
  readonly name: StageName;
  readonly title: string;
  readonly state: StageState;
  /** The state in words. */
  readonly says: string;
  readonly figures: ReadonlyArray<readonly [label: string, value: string]>;
  /** What goes out of it, a second; null: not known. */
  readonly perSecond: number | null;
  /** Why it stands still. */
  readonly cause: Cause | null;
}

/** Where along the way each cause stands still. */
const PLACE: Readonly<Partial<Record<CauseCode, StageName>>> = {
  'write-api-down': 'writeApi',
  'postgres-down': 'postgres',
  'slot-lost': 'postgres',
  'slot-absent': 'postgres',
  'connect-down': 'debezium',
  'connect-starting': 'debezium',
  'connector-absent': 'debezium',
  'connector-failed': 'debezium',
  'connector-held': 'debezium',
  'connector-not-running': 'debezium',
  'slot-inactive': 'debezium',
  'nothing-proven': 'debezium',
  'kafka-down': 'kafka',
  'topic-missing': 'kafka',
  'topic-made-anew': 'kafka',
  'topic-truncated': 'kafka',
  'store-down': 'mongodb',
  'store-refuses-writes': 'mongodb',
  'read-api-down': 'readApi',
};

const HELD: ReadonlySet<CauseCode> = new Set(['connector-held', 'projection-paused', 'rebuild-swaps']);
const PASSING: ReadonlySet<CauseCode> = new Set(['connect-starting', 'connector-not-running']);

/** What is not told above is the projector's. */
export function placeOf({ code }: Cause): StageName {
  return PLACE[code] ?? 'projectors';
}

export function stagesOf(report: StatusReport, projection: ProjectionReport): readonly Stage[] {
  const { causes, state } = projection;
  const causeAt = (name: StageName): Cause | null => causes.find((each) => placeOf(each) === name) ?? null;
  // Commands are not needed for changes to flow: whoever writes by SQL does so on.
  const stands = STAGES.findIndex((name) => name !== 'writeApi' && causeAt(name) !== null);
  const facts = factsOf(report, projection);
  return STAGES.map((name, at): Stage => {
    const fact = facts[name];
    const cause = causeAt(name);
    const base = { name, cause, ...fact };
    if (cause !== null) {
      if (HELD.has(cause.code)) return { ...base, state: 'paused', says: 'paused' };
      return PASSING.has(cause.code)
        ? { ...base, state: 'starting', says: 'starting' }
        : { ...base, state: 'stalled', says: isDown(cause) ? 'down' : 'stands still' };
    }
    if (fact.server !== undefined && !fact.server.up) return { ...base, state: 'stalled', says: 'down' };
    if (stands !== -1 && at > stands)
      return {
        ...base,
        state: 'waiting',
        says:
          name === 'readApi' ? 'serves what there is' : `waits for ${facts[STAGES[stands] ?? name].title}`,
      };
    if (name === 'projectors' && state === 'lagging')
      return { ...base, state: 'lagging', says: 'catching up' };
    if (name === 'projectors' && state === 'starting')
      return { ...base, state: 'starting', says: 'starting' };
    if (fact.perSecond === null) return { ...base, state: 'flowing', says: 'up' };
    return { ...base, state: 'flowing', says: fact.perSecond > 0 ? 'flowing' : 'idle' };
  });
}

function isDown({ code }: Cause): boolean {
  return code.endsWith('-down') || code.endsWith('-absent') || code.endsWith('-failed');
}

interface Fact extends Pick<Stage, 'title' | 'figures' | 'perSecond'> {
  readonly server: ServerReport | undefined;
}

function factsOf(report: StatusReport, projection: ProjectionReport): Readonly<Record<StageName, Fact>> {
  const stream = streamOf(report, projection);
  const server = (name: string): ServerReport | undefined =>
    report.servers.find((each) => each.name === name);
  const { lag, trend, staleness, documents } = projection;
  const written = stream?.writtenPerSecond ?? trend?.writtenPerSecond ?? null;
  const applied = trend?.appliedPerSecond ?? null;
  const tasks = stream?.connector?.tasks ?? [];
  return {
    writeApi: { title: 'Write API', ...requestsOf(server('writeApi')) },
    postgres: {
      title: 'Postgres',
      server: server('postgres'),
      perSecond: stream?.walBytesPerSecond ?? null,
      figures: [
        ['WAL', perSecond(stream?.walBytesPerSecond, bytes)],
        ['slot keeps', bytes(stream?.slot?.retainedBytes)],
      ],
    },
    debezium: {
      title: 'Debezium',
      server: server('connect'),
      perSecond: written,
      figures: [
        ['connector', (stream?.connector?.state ?? NONE).toLowerCase()],
        ['task', tasks.map((task) => task.state.toLowerCase()).join(', ') || NONE],
        ['events', perSecond(written, rate)],
      ],
    },
    kafka: {
      title: 'Kafka',
      server: server('kafka'),
      perSecond: written,
      figures: [
        ['waiting', 'error' in lag ? NONE : count(lag.events)],
        ['in topic', count(stream?.topic?.events)],
      ],
    },
    projectors: {
      title: 'Projectors',
      server: undefined,
      perSecond: applied,
      figures: [
        ['applied', perSecond(applied, rate)],
        ['stale p50', milliseconds(staleness?.p50Ms)],
        ['p99', milliseconds(staleness?.p99Ms)],
      ],
    },
    mongodb: {
      title: 'MongoDB',
      server: server('mongod'),
      perSecond: applied,
      figures: [
        ['documents', 'error' in documents ? NONE : count(documents.live)],
        ['pending', 'error' in documents ? NONE : count(documents.pending)],
      ],
    },
    readApi: { title: 'Read API', ...requestsOf(server('readApi')) },
  };
}

function requestsOf(server: ServerReport | undefined): Omit<Fact, 'title'> {
  const requests = server?.requests;
  const failed = requests?.failedPerSecond ?? 0;
  return {
    server,
    perSecond: requests?.perSecond ?? null,
    figures: [
      ['requests', perSecond(requests?.perSecond, rate)],
      ['p99', milliseconds(requests?.p99Ms)],
      ...(failed > 0 ? ([['failed', perSecond(failed, rate)]] as const) : []),
    ],
  };
}

function perSecond(value: number | null | undefined, how: (value: number) => string): string {
  return value === null || value === undefined ? NONE : `${how(value)}/s`;
}
