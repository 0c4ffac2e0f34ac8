/**
 * What this process' version of the projection is to the one that the documents were built by. While a newer one works on them too, this one
 * leaves alone what that one has saved (fold-document.ts), and how far it has come says nothing of the documents any more. Once they were
 * built by the newer one it stands aside (shared/held-by.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from 'mongodb';
import { builtBy, claimDefinition } from '../shared/definition-record.ts';
import type { Cause } from '../shared/health/causes.ts';
import type { Logger } from '../shared/logger.ts';
import type { Projection } from '../shared/projection/projection.ts';
import { compareShapes, shapeOf } from '../shared/projection/shape.ts';

export interface VersionWatch {
  /** A document is of a newer version. */
  met(this: void, version: number): void;
  /** Some are. */
  isSuperseded(): boolean;
  causes(): readonly Cause[];
  stop(): Promise<void>;
}

const INTERVAL_MS = 5000;
/** Whoever has just applied it does not want to be told that it was not. */
const WHILE_NOT_APPLIED_MS = 500;

export function startVersionWatch(db: Db, projection: Projection, logger: Logger): VersionWatch {
  const { name, version } = projection;
  const shape = shapeOf(projection.definition);
  const stopped = new AbortController();
  let newest = version;
  let notApplied: string | null = null;

  function met(other: number): void {
    if (other <= newest) return;
    newest = other;
    logger.warn(
      { version, newer: other },
      'documents are of a newer version of the projection: this one leaves them alone',
    );
  }

  async function look(): Promise<void> {
    const built = await builtBy(db, name);
    if (built === null) return claimDefinition(db, projection);
    const changes = compareShapes(built.shape, shape).filter(({ affects }) => affects === 'documents');
    if (built.version > version || changes.length === 0) notApplied = null;
    else
      notApplied =
        built.version === version
          ? `the definition is not the one that the documents were built by, and both are version ${version}`
          : `the documents were built by version ${built.version} of the definition, and this is ${version}`;
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      // Told by health already, where MongoDB does not answer.
      await look().catch((error: unknown) =>
        logger.debug({ err: error }, 'the definition cannot be compared now'),
      );
      const pause = notApplied === null ? INTERVAL_MS : WHILE_NOT_APPLIED_MS;
      await sleep(pause, undefined, { signal: stopped.signal }).catch(() => undefined); // asked to stop
    }
  }

  const running = run();
  return {
    met,
    isSuperseded: () => newest > version,
    causes() {
      if (notApplied === null) return [];
      return [
        {
          code: 'definition-not-applied',
          text: notApplied,
          remedy: `readside plan ${name}, then readside apply ${name}`,
          act: { act: 'rebuild', params: { projection: name } },
        },
      ];
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
