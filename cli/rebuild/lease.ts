/** Being the only rebuild of a projection, for as long as this process lives (services/shared/rebuild-control.ts). */
import { randomBytes } from 'node:crypto';
import type { Collection, Db } from 'mongodb';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import { LEASE_MS, controlId } from '../../services/shared/rebuild-control.ts';
import type { RebuildControl, RebuildProgress } from '../../services/shared/rebuild-control.ts';
import { waitFor } from '../../stack/wait.ts';
import { RebuildError } from './rebuild-error.ts';

export interface Leased {
  readonly lease: Lease;
  /** Of the process that holds it, among those of the projection. */
  readonly id: string;
  /** Aborted when it was lost, and when somebody asked to stop. */
  readonly ended: AbortSignal;
}

export interface Lease {
  /** Aborted when another may have begun: nothing of the live documents may be touched from then on. */
  readonly signal: AbortSignal;
  /** Renews it, holding the projectors or not. @throws RebuildError when it was lost. */
  renew(hold: boolean): Promise<void>;
  /** Noted when it is renewed next: whoever looks sees how far it is. */
  tell(progress: RebuildProgress): void;
  release(): Promise<void>;
}

/** Far more often than the lease needs it, so that the progress is of now. */
const RENEW_MS = 1000;
const UNTIL = { $add: ['$$NOW', LEASE_MS] };

export interface LeaseOptions {
  readonly db: Db;
  readonly projection: string;
  readonly signal: AbortSignal;
  /** Hears that another one is waited for. */
  readonly onNotice?: ((text: string) => void) | undefined;
}

/** Holds the lease for as long as `work` takes. @throws RebuildError when another rebuild is alive. */
export async function withLease<T>(
  { db, projection, signal, onNotice }: LeaseOptions,
  work: (leased: Leased) => Promise<T>,
): Promise<T> {
  const id = randomBytes(4).toString('hex');
  const control = db.collection<RebuildControl>(FRESHNESS_COLLECTION);
  const lease = await takeLease(control, projection, id, signal, onNotice);
  try {
    return await work({ lease, id, ended: AbortSignal.any([signal, lease.signal]) });
  } finally {
    if (!lease.signal.aborted) await lease.release();
  }
}

/** Waits for a lease of a rebuild that was killed to end. @throws RebuildError when another one is alive. */
async function takeLease(
  collection: Collection<RebuildControl>,
  projection: string,
  rebuild: string,
  aborted: AbortSignal,
  onNotice: (text: string) => void = () => undefined,
): Promise<Lease> {
  const _id = controlId(projection);
  const alive = { $gt: [{ $ifNull: ['$until', new Date(0)] }, '$$NOW'] };
  let told = false;
  const mine = { _id, rebuild, hold: false, until: UNTIL };
  try {
    await waitFor(
      `another rebuild of ${projection} is under way`,
      async () => {
        const record = await collection.findOneAndUpdate(
          { _id },
          [{ $replaceWith: { $cond: [alive, '$$ROOT', mine] } }],
          { upsert: true, returnDocument: 'after' },
        );
        if (record?.rebuild === rebuild) return true;
        if (!told) onNotice('another rebuild is under way, or was killed a moment ago; waiting');
        told = true;
        return false;
      },
      { timeoutMs: LEASE_MS + 2000, intervalMs: 500, signal: aborted },
    );
  } catch (error) {
    aborted.throwIfAborted();
    throw new RebuildError(`another rebuild of ${projection} is under way`, { cause: error });
  }

  const lost = new AbortController();
  let held = false;
  let progress: RebuildProgress | null = null;
  async function renew(hold: boolean): Promise<void> {
    held = hold;
    const { matchedCount } = await collection.updateOne(
      { _id, rebuild, $expr: { $gt: ['$until', '$$NOW'] } },
      [{ $set: { hold, until: UNTIL, ...(progress && { progress: { $literal: progress } }) } }],
    );
    if (matchedCount === 1) return;
    const error = new RebuildError(`the rebuild of ${projection} stood still for too long, and was given up`);
    lost.abort(error);
    throw error;
  }
  const timer = setInterval(() => {
    renew(held).catch((error: unknown) => lost.abort(error));
  }, RENEW_MS);
  // What is lost nobody releases, and the process is to end.
  lost.signal.addEventListener('abort', () => clearInterval(timer), { once: true });

  return {
    signal: lost.signal,
    renew,
    tell(now) {
      progress = now;
    },
    async release() {
      clearInterval(timer);
      await collection.deleteOne({ _id, rebuild });
    },
  };
}
