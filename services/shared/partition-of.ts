/**
 * In which partition Connect's producer puts a key: murmur2 of its bytes, as the Java client does it. A copied document must name the
 * partition that its later changes will come in.
 */
import { Partitioners } from 'kafkajs';

export function partitionOf(key: string, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 0,
    replicas: [],
    isr: [],
  }));
  return partitioner({
    topic: '',
    partitionMetadata,
    message: { key: Buffer.from(key, 'utf8'), value: null },
  });
}

const partitioner = Partitioners.DefaultPartitioner();
