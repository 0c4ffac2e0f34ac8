/** Gathers what explains one document: itself, the changes that Kafka still has of it, and what SQL says now. */
import type { Admin, Kafka } from 'kafkajs';
import { documentPartition } from '../../shared/document-partition.ts';
import { parseLossless } from '../../shared/lossless-json.ts';
import type { ChangeEvent } from '../../shared/projection/change-event.ts';
import type { DocumentState } from '../../shared/projection/document.ts';
import { eventsBefore, positionOf } from '../../shared/projection/fold.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import { readTopic } from '../../shared/read-topic.ts';
import { contentOf, toServedJson } from '../../shared/stored-document.ts';
import type { Sides } from '../../shared/verify/sides.ts';
import { sourceOf } from '../../shared/verify/source-documents.ts';
import { verifyDocuments } from '../../shared/verify/verify-documents.ts';
import type { Drift } from '../../shared/verify/verify-documents.ts';
import { keyOfDocument } from '../../shared/projection/references.ts';
import { decodeAll } from '../decode.ts';
import type { RawChange } from '../change-feed.ts';
import { explainDocument } from './explain-document.ts';
import type { Explanation } from './explain-document.ts';
import { rowsOf } from './source-rows.ts';
import type { SourceRows } from './source-rows.ts';

export interface ExplainOptions extends Sides {
  readonly kafka: Kafka;
  readonly admin: Admin;
}

export interface Explained extends Explanation {
  /** As the read API serves it; null: there is none. */
  readonly document: unknown;
  /** What SQL says now, by table. */
  readonly rows: SourceRows;
  readonly source: SourceVerdict;
  readonly topic: {
    readonly name: string;
    readonly partition: number;
    /** Offset of the first change that it still has: what is older cannot be told from it. */
    readonly from: number;
  };
}

export type SourceVerdict =
  | { readonly state: 'equal' }
  /** Changes of it are in quarantine. */
  | { readonly state: 'degraded' }
  /** It differs while the stream does not come far enough to tell why. */
  | { readonly state: 'undecided' }
  | ({ readonly state: 'wrong' } & Pick<Drift, 'kind' | 'fields'>);

const READ_DEADLINE_MS = 120_000;

/** Reads the whole partition of the document: some 100,000 changes a second. */
export async function explain(options: ExplainOptions, id: string): Promise<Explained> {
  const { kafka, admin, projection, documents } = options;
  const { topic } = projection;
  const changesKey = keyOfDocument(projection, id);
  const partitions = (await admin.fetchTopicOffsets(topic)).length;
  // Before the changes: what it holds is among them.
  const stored = await documents.findOne({ _id: id }, { readConcern: { level: 'majority' } });
  const inSource = (await sourceOf(options.pool, projection, [id])).get(id);
  const json = inSource?.json ?? null;
  const content = json === null ? stored : contentOf(projection, json);
  const known = { content: content ?? undefined, at: stored?._sync.at };
  // Of what is nowhere any partition has as much: nothing.
  const partition = documentPartition(projection, id, partitions, known) ?? 0;
  const raws: RawChange[] = [];
  const key = Buffer.from(changesKey, 'utf8');
  const how = { topic, partitions: [partition], name: 'explain', timeoutMs: READ_DEADLINE_MS };
  const [range] = await readTopic(kafka, how, (_, record) => {
    if (record.key?.equals(key) !== true) return;
    const { offset, timestamp, value } = record;
    raws.push({ offset: Number(offset), timestamp: Number(timestamp), key: record.key, value });
  });
  const isThere = stored !== null && stored._sync.phase === 'live';
  const companion = projection.references?.companionAt(id) ?? null;
  const made = companion === null ? projection.definition : { root: companion.table };
  const changes = decodeAll(raws);
  const begun =
    inSource === undefined ? null : stateBefore(projection, id, inSource.printed, changes[0]?.change);
  return {
    ...explainDocument(projection, id, stored ?? undefined, partition, changes, begun),
    document: isThere ? parseLossless(toServedJson(projection, stored)) : null,
    rows: inSource === undefined ? {} : rowsOf(made, parseLossless(inSource.printed)),
    source: await compare(options, id),
    topic: { name: topic, partition, from: range?.low ?? 0 },
  };
}

/** What was folded of the events before this one, which the topic may have no more. null: nothing, or it cannot be told. */
function stateBefore(
  projection: Projection,
  id: string,
  printed: string,
  first: ChangeEvent | Error | undefined,
): DocumentState | null {
  const { root } = projection.definition;
  if (root.kind !== 'folded' || first === undefined || first instanceof Error) return null;
  const position = positionOf(root, first);
  const json = position === null ? null : projection.fromSource(id, eventsBefore(printed, position)).json;
  return json === null ? null : { phase: 'live', content: contentOf(projection, json) };
}

async function compare(options: ExplainOptions, id: string): Promise<SourceVerdict> {
  const { wrong, degraded, undecided } = await verifyDocuments({
    ...options,
    scope: { kind: 'ids', ids: [id] },
    rate: Infinity,
    onProgress: () => undefined,
  });
  const [drift] = wrong;
  if (drift) return { state: 'wrong', kind: drift.kind, fields: drift.fields };
  if (degraded.length > 0) return { state: 'degraded' };
  return { state: undecided.length > 0 ? 'undecided' : 'equal' };
}
