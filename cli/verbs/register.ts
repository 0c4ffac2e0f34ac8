/** `readside register`: the topics and the connector of every stream; waits until the connectors run. */
import type { Command } from 'commander';
import { describe } from '../../services/shared/connect/connector-status.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../connectors/topics.ts';
import { loadProjections } from '../../services/shared/load-projection.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { need, resolveContext } from '../context.ts';
import { prepareTopics, refuseLostStreams, registerConnectors } from '../local/deploy.ts';
import { positiveInteger } from './arguments.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface RegisterOptions extends GlobalOptions {
  readonly json: boolean;
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly retentionHours: number;
}

export function addRegister(program: Command, environment: Environment): void {
  program
    .command('register')
    .description('make the topics, register the connectors and wait until they run')
    .option(
      '--partitions <n>',
      `partitions of the changes’ topic when it is made (default: ${DEFAULT_TOPIC_SETTINGS.partitions})`,
      positiveInteger,
    )
    .option(
      '--replication-factor <n>',
      'replicas of each partition, likewise (default: three, or as many as there are brokers)',
      positiveInteger,
    )
    .option(
      '--retention-hours <n>',
      'how long changes stay in the topic, likewise',
      positiveInteger,
      DEFAULT_TOPIC_SETTINGS.retentionMs / 3_600_000,
    )
    .option('--json', 'print the result as JSON', false)
    .action(async (_options: unknown, command: Command) =>
      register(command.optsWithGlobals<RegisterOptions>(), environment),
    );
}

async function register(options: RegisterOptions, { env }: Environment): Promise<void> {
  const context = resolveContext(options.data, env);
  const { kafkaBrokers, connectUrl } = need(context, 'kafkaBrokers', 'connectUrl');
  const projections = await loadProjections(options.application);
  const settings = {
    partitions: options.partitions ?? DEFAULT_TOPIC_SETTINGS.partitions,
    partitionsAsked: options.partitions !== undefined,
    ...(options.replicationFactor && { replicationFactor: options.replicationFactor }),
    retentionMs: options.retentionHours * 3_600_000,
  };
  // kafkajs says each of its tries; what matters is in the error that is thrown at the end.
  const logger = createLogger('readside', 'silent');
  const topics = await prepareTopics(kafkaBrokers, projections, settings, logger);
  const { postgresUrl } = context;
  if (postgresUrl !== undefined)
    await refuseLostStreams({ connectUrl, postgresUrl, kafkaBrokers }, projections, logger);
  const connectors = await registerConnectors(connectUrl, projections);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ topicsMade: topics, connectors })}\n`);
    return;
  }
  for (const topic of topics) process.stdout.write(`made the topic ${topic}\n`);
  for (const status of connectors) process.stdout.write(`${status.name} ${describe(status)}\n`);
}
