/**
 * Where changes go that cannot be applied: the topic `<projection>.dead-letters`, each in the partition that it comes from, so
 * that a document's letters stand in order. `write` resolves when all replicas in sync have them; else it throws a failure
 * that passes, and the partition waits: nothing is skipped.
 */
import type { Kafka, Producer } from 'kafkajs';
import { toHeaders } from '../shared/dead-letters/letter.ts';
import type { Letter } from '../shared/dead-letters/letter.ts';
import type { RawChange } from './change-feed.ts';
import { DeadLettersUnwritableError } from './retry-passing.ts';

/** `raw`: the record as it was delivered; its key and value are the letter's. */
export type NewLetter = Omit<Letter, 'key' | 'value' | 'offset' | 'timestamp'> & { readonly raw: RawChange };

export interface DeadLetters {
  /** In the order given. @throws DeadLettersUnwritableError. */
  write(letters: readonly NewLetter[]): Promise<void>;
}

/** One request; larger letters go alone. */
const BYTES_AT_ONCE = 1024 * 1024;
const RETRIES = 2;

export function createDeadLetters(kafka: Kafka, topic: string): DeadLetters & { close(): Promise<void> } {
  // One request at a time, so that a retry cannot change the order.
  const producer: Producer = kafka.producer({
    allowAutoTopicCreation: false,
    // Every letter says its partition.
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
    maxInFlightRequests: 1,
    retry: { retries: RETRIES, initialRetryTime: 100, maxRetryTime: 1000 },
  });
  // A batch that is tried again, because MongoDB did not take the marks, brings the same records: once is enough.
  const acknowledged = new WeakSet<RawChange>();
  let connected = false;

  async function send(letters: readonly NewLetter[]): Promise<void> {
    const messages = letters.map((letter) => ({
      key: letter.raw.key,
      value: letter.raw.value,
      partition: letter.partition,
      headers: { ...toHeaders({ ...letter, ...letter.raw }) },
    }));
    const taken = await producer.send({ topic, acks: -1, messages });
    // A partition that the topic does not have is left out by kafkajs without a word.
    for (const { partition } of letters)
      if (!taken.some((each) => each.partition === partition && each.errorCode === 0))
        throw new DeadLettersUnwritableError(`${topic} cannot be written: it has no partition ${partition}`);
    for (const { raw } of letters) acknowledged.add(raw);
  }

  return {
    async write(letters) {
      const missing = letters.filter(({ raw }) => !acknowledged.has(raw));
      try {
        if (!connected) await producer.connect();
        connected = true;
        for (const chunk of byBytes(missing)) await send(chunk);
      } catch (error) {
        if (!(error instanceof Error) || !error.name.startsWith('KafkaJS')) throw error;
        throw new DeadLettersUnwritableError(`${topic} cannot be written: ${error.message}`, {
          cause: error,
        });
      }
    },
    close: () => producer.disconnect(),
  };
}

function byBytes(letters: readonly NewLetter[]): readonly NewLetter[][] {
  const chunks: NewLetter[][] = [];
  let bytes = Infinity;
  for (const letter of letters) {
    const size = letter.raw.value?.length ?? 0;
    if (bytes + size > BYTES_AT_ONCE) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)?.push(letter);
    bytes += size;
  }
  return chunks;
}
