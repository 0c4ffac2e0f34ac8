/** Reads a projection's dead letters from Kafka, from the beginning to the end as it is at the call. */
import type { Kafka } from 'kafkajs';
import { readTopic } from '../read-topic.ts';
import { fromRecord } from './letter.ts';
import type { Letter } from './letter.ts';

/** `wanted`: those to keep; what a crash has left twice is handed over twice. @throws DOMException after `timeoutMs` without an end. */
export async function readLetters(
  kafka: Kafka,
  topic: string,
  wanted: (letter: Letter) => boolean,
  timeoutMs = 120_000,
): Promise<readonly Letter[]> {
  const letters: Letter[] = [];
  await readTopic(kafka, { topic, name: 'letters', timeoutMs }, (_, { key, value, headers }) => {
    const letter = fromRecord(key, value, headers ?? {});
    if (letter && wanted(letter)) letters.push(letter);
  });
  return letters;
}
