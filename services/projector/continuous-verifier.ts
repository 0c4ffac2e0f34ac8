/**
 * Goes through all documents again and again, slowly, and compares them with the source: what nobody asks for is found too. What is wrong is
 * counted, looked at again each time until it is right, and told by health. One projector of a group does it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from 'mongodb';
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Logger } from '../shared/logger.ts';
import { driftId, driftRecords } from '../shared/verify/drift-record.ts';
import { isViewOf, sourceIds } from '../shared/verify/source-documents.ts';
import type { Sides } from '../shared/verify/sides.ts';
import { verifyDocuments } from '../shared/verify/verify-documents.ts';
import type { Drift } from '../shared/verify/verify-documents.ts';

export interface VerifierOptions extends Omit<Sides, 'signal'> {
  readonly db: Db;
  /** Whether this process is the one that does it. */
  readonly isInCharge: () => boolean;
  /** Documents a second, about; 0: none. */
  readonly rate: number;
  readonly registry: Registry;
  readonly logger: Logger;
}

const INTERVAL_MS = 5000;
const KINDS: ReadonlyArray<Drift['kind']> = ['missing', 'extra', 'different'];

/** The returned function ends it and waits for the look under way. */
export function startVerifier(options: VerifierOptions): () => Promise<void> {
  const { pool, db, documents, projection, isInCharge, rate, registry, logger } = options;
  const stopped = new AbortController();
  const { signal } = stopped;
  const verified = new Counter({
    name: 'readside_verified_documents_total',
    help: 'Documents that the continuous verifier has compared with the source',
    registers: [registry],
  });
  const drifted = new Gauge({
    name: 'readside_drifted_documents',
    help: 'Documents that are not what the source says, as far as the continuous verifier has come',
    labelNames: ['kind'],
    registers: [registry],
  });
  /** Half of them are found by what SQL has, half by what MongoDB has. */
  const pageSize = Math.max(1, Math.round((rate * INTERVAL_MS) / 2000));
  const wrong = new Map<string, Drift['kind']>();
  let afterSource: string | undefined;
  let afterStored = '';

  async function nextIds(): Promise<readonly string[]> {
    const source = await sourceIds(pool, projection, pageSize, { after: afterSource });
    afterSource = source.length < pageSize ? undefined : source.at(-1);
    const stored = await documents
      .find({ _id: { $gt: afterStored }, '_sync.phase': { $ne: 'reference' } }, { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(pageSize)
      .toArray();
    afterStored = stored.length < pageSize ? '' : (stored.at(-1)?._id ?? '');
    return [...source, ...stored.map(({ _id }) => _id)];
  }

  async function look(): Promise<void> {
    // While another version of the definition comes, the view is of the one or of the other.
    if (!(await isViewOf(pool, projection))) return;
    const ids = [...new Set([...wrong.keys(), ...(await nextIds())])];
    const found = await verifyDocuments({
      ...options,
      scope: { kind: 'ids', ids },
      rate: Infinity,
      signal,
      onProgress: () => undefined,
    });
    const undecided = new Set(found.undecided);
    for (const id of wrong.keys()) if (!undecided.has(id)) wrong.delete(id);
    for (const { id, kind, fields } of found.wrong) {
      wrong.set(id, kind);
      // Which fields, and no further: values are personal data, and the keys of a map too.
      const names = new Set(fields.map(({ path }) => path.split('.')[0]));
      logger.error({ kind, paths: [...names] }, 'a document is not what the source says');
    }
    verified.inc(found.compared);
    const counts = new Map(KINDS.map((kind) => [kind, 0]));
    for (const kind of wrong.values()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    for (const [kind, count] of counts) drifted.set({ kind }, count);
    await driftRecords(db).updateOne(
      { _id: driftId(projection.name) },
      { $set: { at: new Date(), wrong: wrong.size } },
      { upsert: true },
    );
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted || !isInCharge()) continue;
      try {
        await look();
      } catch (error) {
        // Servers that do not answer are told by health already; the next look tries again.
        if (!signal.aborted) logger.warn({ err: error }, 'documents cannot be compared with the source now');
      }
    }
  }

  const running = rate > 0 ? run() : Promise.resolve();
  return async () => {
    stopped.abort();
    await running;
  };
}
