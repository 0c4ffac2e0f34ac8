/**
 * What `readside status` tells, asked of the servers themselves, look after look over the same connections. A part that cannot be asked is
 * told with the reason, and the rest is still shown: status must work best when something is down.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createStreamQuestions } from '../../services/shared/health/ask-pipeline.ts';
import type { StreamAnswers } from '../../services/shared/health/ask-pipeline.ts';
import type { Asked } from '../../services/shared/health/asked.ts';
import { STILL_MS } from '../../services/shared/health/find-causes.ts';
import type { ServerName } from '../../services/shared/health/causes.ts';
import { headlineOf } from '../../services/shared/health/verdict.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { ServerReport, StatusReport } from '../../services/shared/status-report.ts';
import type { StackFile } from '../local/stack-file.ts';
import type { Connections } from './connections.ts';
import { seenOf, streamReport } from './report-parts.ts';
import type { StreamSeen } from './report-parts.ts';
import { createServiceQuestion, readRequests, requestsOf } from './service-questions.ts';
import type { ServiceAnswer } from './service-questions.ts';
import type { ServiceUrls } from './service-urls.ts';
import { TIMEOUT_MS, createReadModelWatch } from './read-model-watch.ts';
import type { ReadModelWatch } from './read-model-watch.ts';

export interface LookAt {
  readonly projections: readonly Projection[];
  readonly local: StackFile | undefined;
  readonly urls: ServiceUrls;
}

/** Two looks so far apart tell whether a source that has proven nothing for long stands still. */
const SECOND_LOOK_MS = 2500;

interface StreamWatch {
  readonly ask: () => Promise<StreamAnswers>;
  seen: StreamSeen | null;
}

/** `again`: whether more looks will follow, which tell by themselves what stands still. Looks must not overlap. */
export function createLooks(connections: Connections, again: boolean): (at: LookAt) => Promise<StatusReport> {
  const streams = new Map<string, StreamWatch>();
  const models = new Map<string, ReadModelWatch>();
  const apis = {
    writeApi: createServiceQuestion(readRequests, TIMEOUT_MS),
    readApi: createServiceQuestion(readRequests, TIMEOUT_MS),
  } as const;

  function streamOf(name: string): StreamWatch {
    const known = streams.get(name) ?? {
      ask: createStreamQuestions(connections, name, TIMEOUT_MS),
      seen: null,
    };
    streams.set(name, known);
    return known;
  }

  function modelOf(projection: Projection): ReadModelWatch {
    const known = models.get(projection.name) ?? createReadModelWatch(connections, projection);
    models.set(projection.name, known);
    return known;
  }

  return async ({ projections, local, urls }) => {
    const kafka = await connections.ensure();
    const names = [...new Set(projections.map(({ stream }) => stream))];
    const asking = new Map(names.map((name) => [name, streamOf(name).ask()]));
    const answersOf = (stream: string): Promise<StreamAnswers> =>
      asking.get(stream) ?? streamOf(stream).ask();
    const askApi = (name: 'writeApi' | 'readApi'): Promise<ServiceAnswer> | null =>
      urls[name] === null ? null : apis[name]([urls[name]]);
    const [writeApi, readApi, ...looked] = await Promise.all([
      askApi('writeApi'),
      askApi('readApi'),
      ...projections.map((each) => {
        const projector = local?.projectors[each.name];
        return modelOf(each).look({
          stream: answersOf(each.stream),
          urls: urls.projectors.get(each.name) ?? [],
          pid: projector?.pid ?? null,
          stopped: projector?.stopped ?? false,
        });
      }),
    ]);
    const still = new Map<string, number>();
    if (!again)
      for (const name of names) still.set(name, await stillMs(streamOf(name).ask, await answersOf(name)));
    const beside = downOf({
      kafka,
      ...(writeApi && { writeApi: writeApi.up }),
      ...(readApi && { readApi: readApi.up }),
    });
    const judged = looked.map((each, at) =>
      each.judge(beside, still.get(projections[at]?.stream ?? '') ?? null),
    );
    return {
      at: new Date().toISOString(),
      ...headlineOf(judged.map(({ report: { projection }, verdict }) => ({ projection, verdict }))),
      servers: serverReports(
        judged.flatMap(({ down }) => down),
        { writeApi, readApi },
        local,
      ),
      streams: await Promise.all(
        names.map(async (name) => {
          const watch = streamOf(name);
          const answers = await answersOf(name);
          const now = seenOf(answers, performance.now());
          const report = streamReport(name, answers, watch.seen, now);
          watch.seen = now;
          return report;
        }),
      ),
      projections: judged.map(({ report }) => report),
    };
  };
}

type Down = ReadonlyArray<{ readonly name: ServerName; readonly why: string }>;

function downOf(asked: Readonly<Partial<Record<ServerName, Asked<unknown>>>>): Down {
  return Object.entries(asked).flatMap(([name, each]) =>
    each.ok ? [] : [{ name: name as ServerName, why: each.why }],
  );
}

const SERVERS = ['postgres', 'mongod', 'kafka', 'connect'] as const;

function serverReports(
  down: Down,
  apis: Readonly<Record<'writeApi' | 'readApi', ServiceAnswer | null>>,
  local: StackFile | undefined,
): readonly ServerReport[] {
  const pidOf = (name: (typeof SERVERS)[number] | keyof typeof apis): number | null =>
    local?.pids[name] ?? null;
  const servers = SERVERS.map((name) => {
    const found = down.find((each) => each.name === name);
    return { name, pid: pidOf(name), up: found === undefined, ...(found && { error: found.why }) };
  });
  const services = (['writeApi', 'readApi'] as const).flatMap((name) => {
    const answer = apis[name];
    if (answer === null) return [];
    const { up, missing } = answer;
    const requests = requestsOf(answer);
    const error = up.ok ? missing : up.why;
    return [
      {
        name,
        pid: pidOf(name),
        up: up.ok,
        ...(error === null ? {} : { error }),
        ...(requests && { requests }),
      },
    ];
  });
  return [...servers, ...services];
}

/** 0 unless nothing was proven for long, and a second look finds the same. */
async function stillMs(askAgain: StreamWatch['ask'], first: StreamAnswers): Promise<number> {
  const mark = markOf(first);
  if (mark === null || !first.source.ok || first.source.value.provenAt === null) return 0;
  const age = first.source.value.now.getTime() - first.source.value.provenAt.getTime();
  if (age <= STILL_MS) return 0;
  await sleep(SECOND_LOOK_MS);
  return markOf(await askAgain()) === mark ? age : 0;
}

/** Is another one whenever something has moved; null: not known. */
function markOf({ source, topic }: StreamAnswers): string | null {
  if (!source.ok || !topic.ok || topic.value.ends === null) return null;
  const ends = topic.value.ends.map(({ high }) => high).join(' ');
  return `${source.value.provenAt?.getTime() ?? 0} ${ends}`;
}
