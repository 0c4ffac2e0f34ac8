/** What stands beside the documents of a read model, in one question: how it was verified, built, paused, rebuilt and kept. */
import type { Collection, Db } from 'mongodb';
import { definitionId } from '../../services/shared/definition-record.ts';
import type { DefinitionRecord } from '../../services/shared/definition-record.ts';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import { healthId } from '../../services/shared/health/health-record.ts';
import type { HealthRecord } from '../../services/shared/health/health-record.ts';
import { pauseId } from '../../services/shared/held-by.ts';
import type { HeldBy, PauseRecord } from '../../services/shared/held-by.ts';
import { keptId } from '../../services/shared/kept-documents.ts';
import type { KeptRecord } from '../../services/shared/kept-documents.ts';
import { controlId } from '../../services/shared/rebuild-control.ts';
import type { RebuildControl } from '../../services/shared/rebuild-control.ts';
import type { RebuildReport } from '../../services/shared/status-report.ts';
import { verificationId } from '../../services/shared/verify/verification-record.ts';
import type { VerificationRecord } from '../../services/shared/verify/verification-record.ts';
import { rebuildId, sumCopied } from '../rebuild/rebuild-notes.ts';

export interface Records {
  readonly built: number | null;
  readonly pausedAt: Date | null;
  readonly held: HeldBy | null;
  readonly verified: VerificationRecord | null;
  readonly rebuild: RebuildReport | null;
  readonly kept: { readonly until: Date } | null;
  /** Of its projectors, as they told it last; null: they did not, or not lately. */
  readonly health: Pick<HealthRecord, 'causes' | 'warnings'> | null;
}

/** `freshMs`: what a projector told longer ago than that says nothing. */
export async function askRecords(db: Db, name: string, freshMs: number): Promise<Records> {
  const ids = {
    built: definitionId(name),
    pause: pauseId(name),
    verified: verificationId(name),
    control: controlId(name),
    kept: keptId(name),
    health: healthId(name),
    rebuild: rebuildId(name),
  };
  const records: Collection<{ readonly _id: string }> = db.collection(FRESHNESS_COLLECTION);
  const found = await records
    // Leases and what is kept end by MongoDB's own clock.
    .aggregate<{ readonly _id: string; readonly now: Date }>([
      { $match: { _id: { $in: Object.values(ids) } } },
      { $set: { now: '$$NOW' } },
    ])
    .toArray();
  const now = found[0]?.now ?? new Date(0);
  const get = (id: string): unknown => found.find(({ _id }) => _id === id) ?? null;
  const pause = get(ids.pause) as PauseRecord | null;
  const control = get(ids.control) as RebuildControl | null;
  const kept = get(ids.kept) as KeptRecord | null;
  const health = get(ids.health) as HealthRecord | null;
  const lives = control !== null && control.until > now;
  return {
    built: (get(ids.built) as DefinitionRecord | null)?.version ?? null,
    pausedAt: pause?.at ?? null,
    held: lives && control.hold ? 'rebuild' : pause === null ? null : 'pause',
    verified: get(ids.verified) as VerificationRecord | null,
    rebuild: await rebuildOf(db, name, control, { lives, isNoted: get(ids.rebuild) !== null }),
    kept: kept === null || kept.until <= now ? null : { until: kept.until },
    health: health !== null && Date.now() - health.at.getTime() < freshMs ? health : null,
  };
}

async function rebuildOf(
  db: Db,
  name: string,
  control: RebuildControl | null,
  { lives, isNoted }: { readonly lives: boolean; readonly isNoted: boolean },
): Promise<RebuildReport | null> {
  const progress = control?.progress ?? null;
  // A rollback and a replay hold the lease too, and tell no progress.
  const running = lives && progress !== null;
  if (!running && !isNoted) return null;
  const isCopying = progress === null || progress.stage === 'stream' || progress.stage === 'copy';
  const copied = isCopying ? await sumCopied(db, name) : 0;
  return {
    running,
    stage: progress?.stage ?? null,
    // The notes are newer than what the process tells once a second.
    done: isCopying ? copied : progress.done,
    total: progress?.total ?? null,
  };
}
