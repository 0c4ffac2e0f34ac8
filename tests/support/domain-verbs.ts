/** The verbs that compare, tell and heal, on a read model of an example: the same as on any other. */
import { expect } from '@jest/globals';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { partitionsOf } from '../../services/shared/stored-document.ts';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf } from './cli.ts';
import type { CliResult } from './cli.ts';
import type { Domain } from './domain.ts';

const DEADLINE_MS = 60_000;

/** `models`: all read models of one stream; `id`: of a document in each. */
export async function expectVerbs(domain: Domain, models: readonly string[], id: string): Promise<void> {
  const told = async (...args: readonly string[]): Promise<unknown> =>
    jsonOf(okay(await domain.readside(...args, '--json')));
  for (const model of models) {
    okay(await domain.readside('verify', model, '--all'));
    expect(await told('explain', id, '--projection', model)).toMatchObject({ source: { state: 'equal' } });
  }
  await putAside(domain, models, id);
  for (const model of models) {
    expect(await told('dlq', 'list', '--projection', model)).toMatchObject({ documents: [{ id }] });
    await told('dlq', 'discard', '--projection', model, '--user', id, '--yes');
    okay(await domain.readside('rebuild', model, '--json'));
    okay(await domain.readside('verify', model, '--all'));
  }
}

function okay(result: CliResult): CliResult {
  if (result.code !== 0) throw new Error(`exit ${result.code}: ${result.stderr || result.stdout}`);
  return result;
}

/** A change that nobody can read, behind all others of the document. */
async function putAside(domain: Domain, models: readonly string[], id: string): Promise<void> {
  const pipelines = models.map((model) => domain.pipeline(model));
  const [first] = pipelines;
  if (!first) throw new TypeError('no read model');
  const [partition] = partitionsOf((await first.documents.findOne({ _id: id }))?._sync.at ?? {});
  const kafka = createKafka('domain', domain.info().kafkaBrokers, createLogger('domain', 'silent'));
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    await producer.send({
      topic: first.projection.topic,
      acks: -1,
      messages: [{ key: id, value: 'this is no change', partition: Number(partition) }],
    });
  } finally {
    await producer.disconnect();
  }
  for (const { documents, projection } of pipelines)
    await waitFor(
      `the change to be put aside by ${projection.name}`,
      async () => (await documents.findOne({ _id: id }))?._sync.quarantine !== undefined,
      { timeoutMs: DEADLINE_MS },
    );
}
