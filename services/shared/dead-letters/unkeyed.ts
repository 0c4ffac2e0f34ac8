/** Changes that name no document: one small record each, so that what is open is counted exactly, however often it is delivered. */
import type { Collection, Db } from 'mongodb';
import { FRESHNESS_COLLECTION } from '../freshness-record.ts';

export interface UnkeyedRecord {
  /** `<projection>:unkeyed:<partition>:<offset>`, of the change. */
  readonly _id: string;
  readonly partition: number;
  readonly offset: number;
  readonly error: string;
  readonly since: Date;
  /** Until somebody has dealt with it; the record stays, so that a redelivery does not open it again. */
  readonly open: boolean;
}

const prefix = (projection: string): string => `${projection}:unkeyed:`;

export function unkeyedId(projection: string, partition: number, offset: number): string {
  return `${prefix(projection)}${partition}:${offset}`;
}

export function unkeyedRecords(db: Db): Collection<UnkeyedRecord> {
  return db.collection<UnkeyedRecord>(FRESHNESS_COLLECTION);
}

/** Documents made anew from the source owe nothing to changes before; a topic made anew may use their offsets again. */
export function unkeyedBefore(projection: string, since: Date) {
  const { open: _open, ...all } = openUnkeyed(projection);
  return { ...all, since: { $lt: since } };
}

/** A filter that is answered from the index of `_id`. */
export function openUnkeyed(projection: string) {
  const from = prefix(projection);
  return { _id: { $gte: from, $lt: `${from}\uffff` }, open: true };
}
