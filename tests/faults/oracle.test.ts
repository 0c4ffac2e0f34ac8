/** The oracle's own test: a projector that is wrong in one thing must turn it red, and one that is right must not. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { applyBatch } from '../../services/projector/apply-batch.ts';
import { decodeAll } from '../../services/projector/decode.ts';
import { createDocumentStore } from '../../services/projector/document-store.ts';
import type { DocumentStore } from '../../services/projector/document-store.ts';
import { createUnkeyedChanges } from '../../services/projector/unkeyed-changes.ts';
import { createProjectorMetrics } from '../../services/projector/metrics.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { waitFor } from '../../stack/wait.ts';
import copy from '../fixtures/projections/profile-copy.ts';
import { recordsOf } from '../support/faults/keyed-records.ts';
import type { KeyedRecord } from '../support/faults/keyed-records.ts';
import { startProjector } from '../support/in-process-projector.ts';
import type { InProcessOptions } from '../support/in-process-projector.ts';
import { compareDocuments } from '../support/oracle.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { addUser } from '../support/rows.ts';
import { stackEndpoints } from '../support/stack.ts';

let pipeline: Pipeline;

beforeAll(async () => {
  await installSourceViews(stackEndpoints().postgresUrl, [copy]);
  pipeline = await openPipeline(copy);
});
afterAll(async () => {
  await forget();
  await pipeline.close();
});
beforeEach(forget);

describe('the oracle', () => {
  test('is red when one change was dropped, and names the document', async () => {
    const id = await userOfTwoChanges('dropped');
    await projected({ keep: ({ key, value }) => !(isKey(key, id) && String(value).includes('"op":"u"')) });
    const { wrong, compared } = await compareDocuments(pipeline);
    expect(compared).toBeGreaterThan(0);
    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toContain(id);
    expect(wrong[0]).toContain('fullName');
  });

  test('is red when one deletion was dropped', async () => {
    const id = await addUser(pipeline.sql);
    await pipeline.sql.query('delete from users where id = $1', [id]);
    await projected({ keep: ({ key, value }) => !(isKey(key, id) && String(value).includes('"op":"d"')) });
    expect((await compareDocuments(pipeline)).wrong).toEqual([`${id}: extra`]);
  });

  test('is red when saves are not fenced: a projector that lost its partition overwrites what its successor saved', async () => {
    const id = await userOfTwoChanges('unfenced');
    await zombieAndSuccessor(id, unfenced(createDocumentStore(pipeline.documents)));
    const { wrong } = await compareDocuments(pipeline);
    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toContain(id);
  });

  test('is green when they are', async () => {
    const id = await userOfTwoChanges('fenced');
    await zombieAndSuccessor(id, createDocumentStore(pipeline.documents));
    expect((await compareDocuments(pipeline)).wrong).toEqual([]);
  });
});

async function userOfTwoChanges(name: string): Promise<string> {
  const id = await addUser(pipeline.sql, { full_name: `${name}, first` });
  await pipeline.sql.query('update users set full_name = $2 where id = $1', [id, `${name}, second`]);
  return id;
}

/** Everything in the topic, and then no projector any more. */
async function projected(options: Omit<InProcessOptions, 'batchSize'> = {}): Promise<void> {
  const projector = await startProjector(pipeline, { batchSize: 5000, ...options });
  try {
    await pipeline.settled();
  } finally {
    await projector.stop();
  }
}

/**
 * Both projectors get the user's first change. One has folded it and is about to save, when the other, which has been given the
 * partition, saves both changes; then the first one goes on.
 */
async function zombieAndSuccessor(id: string, zombieStore: DocumentStore): Promise<void> {
  await projected({ keep: ({ key }) => !isKey(key, id) });
  const records = await recordsOf(copy.topic, new Set([id]), 2);
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let isHeld = false;
  const zombie = apply(records.slice(0, 1), {
    ...zombieStore,
    save: async (saves) => {
      isHeld = true;
      await held;
      return zombieStore.save(saves);
    },
  });
  await waitFor('the zombie to be about to save', () => isHeld, { timeoutMs: 10_000 });
  await apply(records, createDocumentStore(pipeline.documents));
  goOn();
  await zombie;
}

/** Every change here can be applied. */
function refused(): Promise<never> {
  return Promise.reject(new Error('a change was put aside'));
}

async function apply(records: readonly KeyedRecord[], store: DocumentStore): Promise<void> {
  const [first] = records;
  if (!first) throw new Error('no records');
  await applyBatch(
    {
      projection: copy,
      store,
      deadLetters: { write: refused },
      unkeyed: createUnkeyedChanges(pipeline.db, copy.name),
      judgeMisfit: refused,
      noteSnapshots: () => Promise.resolve(),
      metrics: createProjectorMetrics(new Registry()),
    },
    { partition: first.partition, changes: decodeAll(records), signal: new AbortController().signal },
  );
}

/** The same store, but for what a save names. */
function unfenced(store: DocumentStore): DocumentStore {
  return {
    ...store,
    save: async (saves) => {
      for (const { document } of saves)
        await pipeline.documents.replaceOne({ _id: document._id }, document, { upsert: true });
      return [];
    },
  };
}

function isKey(key: Buffer | null, id: string): boolean {
  return key?.toString('utf8') === id;
}

async function forget(): Promise<void> {
  await pipeline.documents.drop();
  const { groups } = await pipeline.admin.listGroups();
  if (groups.some(({ groupId }) => groupId === copy.group)) await pipeline.admin.deleteGroups([copy.group]);
}
