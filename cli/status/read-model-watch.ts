/** One read model, looked at again and again: what is asked of its documents, its group and its projectors, and what follows of it. */
import { answersOf, createDocumentQuestions } from '../../services/shared/health/ask-pipeline.ts';
import type { PipelineAnswers, StreamAnswers } from '../../services/shared/health/ask-pipeline.ts';
import { asideCauses } from '../../services/shared/health/aside-causes.ts';
import { ask, repeatedly } from '../../services/shared/health/asked.ts';
import type { Asked } from '../../services/shared/health/asked.ts';
import { projectorStopped } from '../../services/shared/health/causes.ts';
import type { Cause } from '../../services/shared/health/causes.ts';
import type { HealthFacts } from '../../services/shared/health/facts.ts';
import { STILL_MS } from '../../services/shared/health/find-causes.ts';
import { createMotion } from '../../services/shared/health/motion.ts';
import { verdictOf } from '../../services/shared/health/verdict.ts';
import type { Verdict } from '../../services/shared/health/verdict.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { ProjectionReport } from '../../services/shared/status-report.ts';
import { countDocuments } from '../count-documents.ts';
import type { Documents } from '../count-documents.ts';
import { askRecords } from './ask-records.ts';
import type { Records } from './ask-records.ts';
import type { Connections } from './connections.ts';
import { createLagMeter } from './lag-meter.ts';
import { lagReport, placed, told, verifiedReport } from './report-parts.ts';
import {
  createServiceQuestion,
  healthOf,
  onlyItsOwn,
  readStaleness,
  stalenessOf,
} from './service-questions.ts';

export const TIMEOUT_MS = 5000;
/** To count the documents reads an index of all of them: so much of the time, at most, is given to it. */
const COUNTING_SHARE = 0.1;

export interface ReadModelWatch {
  look(at: ReadModelAt): Promise<ReadModelLook>;
}

interface ReadModelAt {
  readonly stream: Promise<StreamAnswers>;
  /** Of its projectors; empty: not known. */
  readonly urls: readonly string[];
  readonly pid: number | null;
  /** Its projector in the local system was stopped by a command. */
  readonly stopped: boolean;
}

export interface ReadModelLook {
  /** `beside`: servers that others have found down; `stillMs`: null where looks follow that tell by themselves. */
  judge(beside: HealthFacts['down'], stillMs: number | null): Judged;
}

export interface Judged {
  readonly report: ProjectionReport;
  readonly verdict: Verdict;
  readonly down: HealthFacts['down'];
}

export function createReadModelWatch(connections: Connections, projection: Projection): ReadModelWatch {
  const { admin, kafka, db } = connections;
  const { name, stream, version, resource } = projection;
  const askDocuments = createDocumentQuestions({ admin, db, projection }, TIMEOUT_MS);
  const askOfRecords = repeatedly(async () => askRecords(await db(), name, STILL_MS), TIMEOUT_MS);
  const count = seldom(repeatedly(async () => countDocuments(await db(), projection), TIMEOUT_MS));
  const askProjectors = createServiceQuestion(readStaleness, TIMEOUT_MS);
  const measure = createLagMeter(kafka, admin, projection);
  const motion = createMotion();

  /** What only its projectors know: asked of them where their addresses are known, else of what one has written down. */
  async function found(instances: readonly string[], records: Asked<Records>): Promise<readonly Cause[]> {
    if (instances.length > 0) {
      const each = await Promise.all(
        instances.map((url) => ask(() => healthOf(url, TIMEOUT_MS), TIMEOUT_MS)),
      );
      return each.flatMap((asked) => (asked.ok ? asked.value : []));
    }
    return records.ok && records.value.health !== null ? onlyItsOwn(records.value.health) : [];
  }

  return {
    async look({ stream: asked, urls, pid, stopped }) {
      const isAsked = urls.length > 0 && !stopped;
      const [streamAnswers, documents, records, counted, projectors] = await Promise.all([
        asked,
        askDocuments(asked.then(({ topic }) => topic)),
        askOfRecords(),
        count(),
        isAsked ? askProjectors(urls) : null,
      ]);
      const answers = answersOf(streamAnswers, documents);
      const [{ lag, trend, inFlight }, itsOwn] = await Promise.all([
        measure(answers),
        found(projectors?.instances ?? [], records),
      ]);
      const topic = answers.topic === 'absent' ? null : answers.topic;
      const moved = motion.observe(performance.now(), answers.source, topic, answers.reached);
      const known = records.ok ? records.value : null;
      const aside = [
        ...(stopped ? [projectorStopped(name)] : []),
        ...asideCauses(projection, known?.held ?? null),
      ];
      const staleness = projectors === null ? undefined : stalenessOf(projectors);
      return {
        judge(beside, stillMs) {
          const down = allDown(answers, [
            ...beside,
            ...(projectors?.up.ok === false ? [{ name: 'projector' as const, why: projectors.up.why }] : []),
          ]);
          const verdict = verdictOf({
            ...answers,
            down,
            projection: name,
            stream,
            write: null,
            still: stillMs === null ? moved : { sourceMs: stillMs, groupMs: 0 },
            ...(lag.ok ? { lagSeconds: lag.value.seconds } : { lagSeconds: null, lagUnknown: lag.why }),
            inFlight,
            ...(trend?.clearInSeconds ? { clearInSeconds: trend.clearInSeconds } : {}),
            found: [...aside, ...itsOwn],
          });
          const report: ProjectionReport = {
            projection: name,
            stream,
            collection: resource,
            state: verdict.state,
            text: verdict.text,
            causes: placed(verdict.causes),
            warnings: placed(verdict.warnings),
            version,
            built: known?.built ?? null,
            projectors: answers.group?.members ?? null,
            pid,
            stopped,
            pausedAt: known?.pausedAt?.toISOString() ?? null,
            lag: lag.ok ? lagReport(lag.value, answers) : { error: lag.why },
            ...(trend && { trend }),
            ...(staleness && { staleness }),
            documents: told(whyDown(down) ?? counted),
            quarantined: answers.quarantined,
            verified: records.ok ? verifiedReport(records.value.verified) : { error: records.why },
            rebuild: known?.rebuild ?? null,
            kept: known?.kept == null ? null : { until: known.kept.until.toISOString() },
          };
          return { report, verdict, down };
        },
      };
    },
  };
}

/** A reason that a look has by itself is told before what the questions met. */
function allDown({ down }: PipelineAnswers, beside: HealthFacts['down']): HealthFacts['down'] {
  return [...beside, ...down.filter(({ name }) => !beside.some((each) => each.name === name))];
}

/** What was counted before says nothing then. */
function whyDown(down: HealthFacts['down']): Asked<never> | null {
  const found = down.find((each) => each.name === 'mongod');
  return found ? { ok: false, why: found.why } : null;
}

/** Asks again when the last answer is so old that asking takes no more than its share of the time. */
function seldom(question: () => Promise<Asked<Documents>>): () => Promise<Asked<Documents>> {
  let last: { readonly answer: Asked<Documents>; readonly until: number } | null = null;
  return async () => {
    const began = performance.now();
    if (last !== null && last.answer.ok && began < last.until) return last.answer;
    const answer = await question();
    const took = performance.now() - began;
    last = { answer, until: began + took / COUNTING_SHARE };
    return answer;
  };
}
