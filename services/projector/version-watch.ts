/**
 * What this process' version of the projection is to the one that the documents were built by. An older one has no say any more: what it
 * would save lacks what the newer one knows (fold-document.ts), and how far it has come says nothing of the documents.
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
  met(version: number): void;
  isSuperseded(): boolean;
  causes(): readonly Cause[];
  stop(): Promise<void>;
}

const INTERVAL_MS = 5000;

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
    await claimDefinition(db, projection);
    const built = await builtBy(db, name);
    if (built === null) return;
    met(built.version);
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
      await sleep(INTERVAL_MS, undefined, { signal: stopped.signal }).catch(() => undefined); // asked to stop
    }
  }

  const running = run();
  return {
    met,
    isSuperseded: () => newest > version,
    causes() {
      if (newest > version)
        return [
          {
            code: 'projector-superseded',
            text: `version ${newest} of ${name} works on the documents, and this projector is of version ${version}`,
            remedy: `end it; projectors of version ${newest} go on`,
          },
        ];
      if (notApplied === null) return [];
      return [
        {
          code: 'definition-not-applied',
          text: notApplied,
          remedy: `readside plan ${name}, then readside apply ${name}`,
        },
      ];
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
