/**
 * In which partition a change is put. Connect's producer puts a key by murmur2 of its bytes, as the Java client does it. A copied document must name the
 * partition that its later changes will come in. kafkajs has it too, in arithmetic of 64 bits, which was a tenth of a rebuild's copy.
 */
const SEED = 0x9747_b28c;
const FACTOR = 0x5bd1_e995;

export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fff_ffff) % partitions;
}

/** Where Debezium's PartitionRouting puts a text: by Java's hash of its UTF-16 code units. */
export function partitionOfValue(value: string, partitions: number): number {
  let hash = 0;
  for (let at = 0; at < value.length; at++) hash = (Math.imul(hash, 31) + value.charCodeAt(at)) | 0;
  return (hash & 0x7fff_ffff) % partitions;
}

function murmur2(bytes: Buffer): number {
  const rest = bytes.length % 4;
  const end = bytes.length - rest;
  let hash = SEED ^ bytes.length;
  for (let at = 0; at < end; at += 4) {
    const word = Math.imul(bytes.readInt32LE(at), FACTOR);
    hash = Math.imul(hash, FACTOR) ^ Math.imul(word ^ (word >>> 24), FACTOR);
  }
  if (rest > 0) hash = Math.imul(hash ^ bytes.readUIntLE(end, rest), FACTOR);
  hash = Math.imul(hash ^ (hash >>> 13), FACTOR);
  return hash ^ (hash >>> 15);
}
