/** What kafkajs says of its own accord, as our logs have it. */
import { expect, test } from '@jest/globals';
import pino from 'pino';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { stackEndpoints } from '../support/stack.ts';

const ERROR = 50;

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly kafkaError?: string;
}

test('that a topic is not known is the matter of whoever asked, and no error of its own in the log', async () => {
  const lines: Line[] = [];
  const logger = pino({ level: 'debug' }, { write: (line) => void lines.push(JSON.parse(line) as Line) });
  const admin = createKafka('readside-tests', stackEndpoints().kafkaBrokers, logger, { retries: 0 }).admin();
  await admin.connect();
  try {
    await expect(admin.fetchTopicMetadata({ topics: ['there.is.none'] })).rejects.toThrow(/topic-partition/);
  } finally {
    await admin.disconnect();
  }
  const told = lines.filter(({ kafkaError }) => /topic-partition/.test(kafkaError ?? ''));
  expect(told.map(({ msg }) => msg)).toContainEqual(expect.stringMatching(/^Response Metadata/));
  expect(told.filter(({ level }) => level >= ERROR)).toEqual([]);
});
