/** What kafkajs says, in our log: no broker is asked. */
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createKafka } from '../../services/shared/kafka-client.ts';

function linesOf(say: (kafka: ReturnType<typeof createKafka>) => void): readonly unknown[] {
  const lines: string[] = [];
  const logger = pino(
    { level: 'debug', base: null, timestamp: false },
    { write: (line) => lines.push(line) },
  );
  say(createKafka('test', '127.0.0.1:1', logger));
  return lines.map((line) => JSON.parse(line) as unknown);
}

test('an answer that is thrown, or asked for again, is no error of its own', () => {
  const error = 'This server does not host this topic-partition';
  const said = linesOf((kafka) =>
    kafka.logger().namespace('Connection').error('Response Metadata(key: 3, version: 6)', { error }),
  );
  expect(said).toMatchObject([{ level: 20, kafkajs: 'Connection', kafkaError: error }]);
});

test('anything else is told as kafkajs tells it', () => {
  const said = linesOf((kafka) => {
    kafka.logger().namespace('Connection').error('Connection error: ECONNREFUSED', {});
    kafka.logger().namespace('Consumer').error('Crash: it fell', {});
    kafka.logger().namespace('Consumer').warn('slow', {});
  });
  expect(said).toMatchObject([{ level: 50 }, { level: 50 }, { level: 40 }]);
});
