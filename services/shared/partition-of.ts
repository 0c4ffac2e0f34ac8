/**
 * In which partition Connect's producer puts a key: murmur2 of its bytes, as the Java client does it. A copied document must name the
 * partition that its later changes will come in.
 */
import { Partitioners } from 'kafkajs';
import type { PartitionMetadata } from 'kafkajs';

export function partitionOf(key: string, partitions: number): number {
  return partitioner({
    topic: '',
    partitionMetadata: metadataOf(partitions),
    message: { key: Buffer.from(key, 'utf8'), value: null },
  });
}

const partitioner = Partitioners.DefaultPartitioner();

/** What it counts. Kept, because it is asked for every document. */
let known: readonly PartitionMetadata[] = [];

function metadataOf(partitions: number): PartitionMetadata[] {
  if (known.length !== partitions)
    known = Array.from({ length: partitions }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 0,
      replicas: [],
      isr: [],
    }));
  return known as PartitionMetadata[];
}
