/** From a look to the seven stages that a change goes through: what each does, and which one holds up those behind it. Pure. */
import type { CauseCode, Stage as StageName } from '../../../shared/health/causes.ts';
import type {
  PlacedCause,
  ProjectionReport,
  ServerReport,
  StatusReport,
} from '../../../shared/status-report.ts';
import { bytes, count, milliseconds, NONE, rate } from '../data/format.ts';
import { streamOf } from '../data/state.ts';

/** In the order of the flow. */
const STAGES = [
  'writeApi',
  'postgres',
  'connect',
  'kafka',
  'projector',
  'mongod',
  'readApi',
] as const satisfies readonly StageName[];

export type StageState = 'flowing' | 'lagging' | 'stalled' | 'paused' | 'waiting' | 'starting' | 'unknown';

export interface StageView {
  readonly name: StageName;
  readonly title: string;
  readonly state: StageState;
  /** The state in words. */
  readonly says: string;
  readonly figures: ReadonlyArray<readonly [label: string, value: string]>;
  /** What goes out of it, a second; null: not known. */
  readonly perSecond: number | null;
  /** Why it stands still. */
  readonly cause: PlacedCause | null;
}

const HELD: ReadonlySet<CauseCode> = new Set(['connector-held', 'projection-paused', 'rebuild-swaps']);
const PASSING: ReadonlySet<CauseCode> = new Set(['connect-starting', 'connector-not-running']);

export function stagesOf(report: StatusReport, projection: ProjectionReport): readonly StageView[] {
  const { causes, state } = projection;
  const causeAt = (name: StageName): PlacedCause | null => causes.find(({ stage }) => stage === name) ?? null;
  // Commands are not needed for changes to flow: whoever writes by SQL does so on.
  const stands = STAGES.findIndex((name) => name !== 'writeApi' && causeAt(name) !== null);
  const facts = factsOf(report, projection);
  return STAGES.map((name, at): StageView => {
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
        says: name === 'readApi' ? 'serves on' : 'waiting',
      };
    if (name === 'projector' && state === 'lagging')
      return { ...base, state: 'lagging', says: 'catching up' };
    if (name === 'projector' && state === 'starting') return { ...base, state: 'starting', says: 'starting' };
    if (fact.perSecond === null) return { ...base, state: 'flowing', says: 'up' };
    return { ...base, state: 'flowing', says: fact.perSecond > 0 ? 'flowing' : 'idle' };
  });
}

function isDown({ code }: PlacedCause): boolean {
  return code.endsWith('-down') || code.endsWith('-absent') || code.endsWith('-failed');
}

interface Fact extends Pick<StageView, 'title' | 'figures' | 'perSecond'> {
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
    connect: {
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
    projector: {
      title: 'Projectors',
      server: undefined,
      perSecond: applied,
      figures: [
        ['applied', perSecond(applied, rate)],
        ['stale p50', milliseconds(staleness?.p50Ms)],
        ['p99', milliseconds(staleness?.p99Ms)],
      ],
    },
    mongod: {
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
