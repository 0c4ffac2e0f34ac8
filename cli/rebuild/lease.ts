/** Being the only rebuild of a projection, for as long as this process lives (services/shared/rebuild-control.ts). */
import type { Collection } from 'mongodb';
import { LEASE_MS, controlId } from '../../services/shared/rebuild-control.ts';
import type { RebuildControl } from '../../services/shared/rebuild-control.ts';
import { waitFor } from '../../stack/wait.ts';
import { RebuildError } from './rebuild-error.ts';

export interface Lease {
  /** Aborted when another may have begun: nothing of the live documents may be touched from then on. */
  readonly signal: AbortSignal;
  /** Renews it, holding the projectors or not. @throws RebuildError when it was lost. */
  renew(hold: boolean): Promise<void>;
  release(): Promise<void>;
}

const RENEW_MS = 3000;
const UNTIL = { $add: ['$$NOW', LEASE_MS] };

/** Waits for a lease of a rebuild that was killed to end. @throws RebuildError when another one is alive. */
export async function takeLease(
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
  async function renew(hold: boolean): Promise<void> {
    held = hold;
    const { matchedCount } = await collection.updateOne(
      { _id, rebuild, $expr: { $gt: ['$until', '$$NOW'] } },
      [{ $set: { hold, until: UNTIL } }],
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
    async release() {
      clearInterval(timer);
      await collection.deleteOne({ _id, rebuild });
    },
  };
}
