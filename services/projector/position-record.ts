/**
 * How far each partition was applied, kept beside the documents. Kafka forgets a group's offsets together with its topic, and the
 * documents' own offsets mean nothing in a topic made anew: this record is what tells the one from the other.
 */
import type { Collection } from 'mongodb';
import type { Projection } from '../shared/projection/projection.ts';

export interface Position {
  /** The offset after all that was applied, markers included. */
  readonly next: number;
  /** The last change applied, by its offset and the time at which Kafka took it (ms since 1970): it is the same only in the same topic. */
  readonly last: { readonly offset: number; readonly timestamp: number } | null;
}

export interface PositionRecord {
  /** `<projection>:position:<version>`: each version reads the topic for itself */
  readonly _id: string;
  readonly partitions?: Readonly<Record<string, Position>>;
}

export interface PositionStore {
  /** undefined: nothing was applied yet, or a rebuild has begun a new count. */
  load(partition: number): Promise<Position | undefined>;
  save(positions: ReadonlyMap<number, Position>): Promise<void>;
}

export function positionId({ name, version }: Pick<Projection, 'name' | 'version'>): string {
  return `${name}:position:${version}`;
}

/** `_id`: `positionId` for the live documents. */
export function createPositionStore(
  collection: Collection<PositionRecord>,
  _id: string,
  retry: <T>(work: () => Promise<T>) => Promise<T>,
): PositionStore {
  return {
    async load(partition) {
      const record = await retry(() => collection.findOne({ _id }, { readConcern: { level: 'majority' } }));
      return record?.partitions?.[String(partition)];
    },
    async save(positions) {
      if (positions.size === 0) return;
      const fields = [...positions].map(([partition, position]) => [`partitions.${partition}`, position]);
      await retry(() =>
        collection.updateOne({ _id }, { $set: Object.fromEntries(fields) }, { upsert: true }),
      );
    },
  };
}
