/** One projector at work on one partition, stopped at each of its calls to a server: the schedule says when it goes on. */
import { Registry } from 'prom-client';
import profile from '../../../projections/profile.ts';
import { applyBatch } from '../../../services/projector/apply-batch.ts';
import type { RawChange } from '../../../services/projector/change-feed.ts';
import { decodeAll } from '../../../services/projector/decode.ts';
import { createProjectorMetrics } from '../../../services/projector/metrics.ts';
import type { UnkeyedChanges } from '../../../services/projector/unkeyed-changes.ts';
import type { ModelStore, Operation } from './model-store.ts';

export interface Lane {
  /** Index in the partition's log of the next change that it will take. */
  position: number;
  /** Whether it takes the partition for its own. */
  owns: boolean;
  readonly busy: () => boolean;
  /** Hands over a batch; resolves at its first call to a server. */
  readonly begin: (changes: readonly RawChange[]) => Promise<void>;
  /** Does so many documents of the call under way; resolves at the next call or at the end of the batch. */
  readonly step: (units: number) => Promise<void>;
  /** The call under way fails; what it has not done is returned, if it was a write. The batch ends unsaved. */
  readonly breakOff: () => Promise<ReadonlyArray<() => void>>;
  /** The partition was taken away, and it is told so: the batch under way no longer moves the position. */
  readonly revoke: () => void;
}

const metrics = createProjectorMetrics(new Registry());

const everyChangeHasAKey = (): never => {
  throw new Error('a change came without its key');
};
const unkeyed: UnkeyedChanges = { unknown: everyChangeHasAKey, record: everyChangeHasAKey };

/** The tables stay as they are. */
const judgeMisfit = (): Promise<void> => Promise.resolve();
const noteSnapshots = (): Promise<void> => Promise.resolve();

class LinkBroken extends Error {}

export function createLane(store: ModelStore, partition: number): Lane {
  let pending: Operation | null = null;
  let revoked: AbortController | null = null;
  let wake: () => void = () => undefined;
  const connected = store.connect((operation) => {
    pending = operation;
    wake();
  });
  const untilItWaits = (act: () => void): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      act();
    });

  const apply = async (changes: readonly RawChange[], { signal }: AbortController): Promise<void> => {
    try {
      const batch = { partition, changes: decodeAll(changes), signal };
      await applyBatch(
        { projection: profile, ...connected, unkeyed, judgeMisfit, noteSnapshots, metrics },
        batch,
      );
      if (!signal.aborted) lane.position += changes.length;
    } catch (error) {
      if (!(error instanceof LinkBroken) && error !== signal.reason) unexpected = error;
    }
    pending = null;
    revoked = null;
    wake();
  };
  let unexpected: unknown = null;
  const failed = (): void => {
    if (unexpected !== null) throw unexpected;
  };

  const lane: Lane = {
    position: 0,
    owns: false,
    busy: () => pending !== null,
    async begin(changes) {
      const controller = new AbortController();
      revoked = controller;
      await untilItWaits(() => void apply(changes, controller));
      failed();
    },
    async step(units) {
      const operation = pending;
      for (const act of operation?.left.splice(0, units) ?? []) act();
      if (!operation || operation.left.length > 0) return;
      await untilItWaits(operation.answer);
      failed();
    },
    async breakOff() {
      const operation = pending;
      if (!operation) return [];
      await untilItWaits(() => operation.fail(new LinkBroken()));
      failed();
      return operation.kind === 'load' ? [] : operation.left;
    },
    revoke: () => revoked?.abort(new LinkBroken()),
  };
  return lane;
}
