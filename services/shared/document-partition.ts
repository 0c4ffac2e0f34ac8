/**
 * In which partition the changes of a document come: that of its key, or where its projection says so, of a field's value. Pure.
 */
import { partitionOf, partitionOfValue } from './partition-of.ts';
import { unpacked } from './projection/document.ts';
import type { Content } from './projection/document.ts';
import type { Projection } from './projection/projection.ts';
import { isCompanion, keyOfDocument } from './projection/references.ts';
import { partitionsOf } from './stored-document.ts';
import type { AppliedOffsets } from './stored-document.ts';

export interface KnownDocument {
  readonly content?: Content | undefined;
  /** Where it stands: a document without that content was given its changes there. */
  readonly at?: AppliedOffsets | undefined;
}

/** @returns null where nothing is known that would say it. */
export function documentPartition(
  projection: Pick<Projection, 'definition' | 'references'>,
  id: string,
  partitions: number,
  { content, at = {} }: KnownDocument,
): number | null {
  const { partitioned } = projection.definition;
  if (!partitioned || isCompanion(projection, id))
    return partitionOf(keyOfDocument(projection, id), partitions);
  const value = unpacked(content?.[partitioned.by]);
  if (typeof value === 'string') return partitionOfValue(value, partitions);
  const [stands] = partitionsOf(at);
  return stands === undefined ? null : Number(stands);
}
