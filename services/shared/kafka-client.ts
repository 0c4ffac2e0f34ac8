/** One way to make a kafkajs client: explicit retries and time limits (design §4), its log in ours. */
import { readFileSync } from 'node:fs';
import { Kafka, logLevel } from 'kafkajs';
import type { ISocketFactory, LogEntry } from 'kafkajs';
import { ConfigError } from './config.ts';
import { describeError } from './describe-error.ts';
import { parseKafkaAddress } from './kafka-address.ts';
import type { Logger } from './logger.ts';
import { quietKafkajs } from './quiet-kafkajs.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** As kafkajs words UNKNOWN_TOPIC_OR_PARTITION. */
const UNKNOWN_TOPIC = 'This server does not host this topic-partition';

export interface KafkaClientOptions {
  /** How often a request is tried again; few where somebody waits for the answer. */
  readonly retries?: number;
  /** How a connection is made; tests lay a link in between. */
  readonly socketFactory?: ISocketFactory;
}

/** `address`: KAFKA_BROKERS. @throws ConfigError */
export function createKafka(
  clientId: string,
  address: string,
  logger: Logger,
  { retries = 8, socketFactory }: KafkaClientOptions = {},
): Kafka {
  quietKafkajs();
  const { brokers, tls, caFile, sasl } = parseKafkaAddress(address);
  return new Kafka({
    clientId,
    ...(socketFactory ? { socketFactory } : {}),
    brokers: [...brokers],
    ssl: tls && caFile !== null ? { ca: [readCertificates(caFile)] } : tls,
    ...(sasl ? { sasl } : {}),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Said in full, because kafkajs takes other defaults when NODE_ENV is "test".
    retry: { retries, initialRetryTime: 100, maxRetryTime: 2000, factor: 0.2, multiplier: 2 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => toPino(logger, entry),
  });
}

function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError([`KAFKA_BROKERS: the caFile ${path} cannot be read`]);
  }
}

function toPino(logger: Logger, { level, namespace, log }: LogEntry): void {
  const { message, timestamp: _timestamp, logger: _logger, error: kafkaError, ...details } = log;
  const isError = level <= logLevel.ERROR && !isOfUnknownTopic(message, kafkaError);
  const write = isError ? logger.error : level === logLevel.WARN ? logger.warn : logger.debug;
  write.call(
    logger,
    {
      kafkajs: namespace,
      kafkaError: kafkaError instanceof Error ? describeError(kafkaError) : kafkaError,
      ...details,
    },
    message,
  );
}

/** Of a topic that was just made a broker may know nothing yet; whoever asked is told so. Of other answers this is all that tells the reason. */
function isOfUnknownTopic(message: string, error: unknown): boolean {
  return message.startsWith('Response Metadata(') && error === UNKNOWN_TOPIC;
}
