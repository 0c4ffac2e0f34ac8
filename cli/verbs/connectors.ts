/** `readside connectors status | pause | resume | restart | delete`: what Connect runs for the streams of our projections. */
import type { Command } from 'commander';
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';
import type { ConnectClient } from '../../services/shared/connect/connect-client.ts';
import { restartConnector, waitUntilRunning, waitUntilState } from '../../connectors/register.ts';
import { describe, failureOf } from '../../services/shared/connect/connector-status.ts';
import { connectorName } from '../../services/shared/stream-names.ts';
import { auditedStream } from '../audited-stream.ts';
import type { StreamAudit } from '../audited-stream.ts';
import { need, resolveContext } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { createTeller } from '../progress.ts';
import { knownProjections } from '../started-projections.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface ConnectorOptions extends GlobalOptions {
  readonly json: boolean;
}

type ActVerb = 'pause' | 'resume' | 'restart';

/** Resolves when Connect has done it, not when it has taken note of it. */
type Act = (client: ConnectClient, name: string) => Promise<void>;

const ACT_DEADLINE_MS = 30_000;

const ACTS: Readonly<Record<ActVerb, { readonly description: string; readonly act: Act }>> = {
  pause: {
    description: 'stop reading changes; Postgres keeps the WAL',
    act: async (client, name) => {
      await client.pause(name);
      await waitUntilState(client, name, 'PAUSED', ACT_DEADLINE_MS);
    },
  },
  resume: {
    description: 'go on after a pause',
    act: async (client, name) => {
      await client.resume(name);
      await waitUntilRunning(client, name, ACT_DEADLINE_MS);
    },
  },
  restart: {
    description: 'restart connectors and tasks',
    act: async (client, name) => {
      await restartConnector(client, name, ACT_DEADLINE_MS);
    },
  },
};

export function addConnectors(program: Command, environment: Environment): void {
  const group = program
    .command('connectors')
    .description('look at the connectors, pause, resume, restart or delete them');
  const add = (
    verb: string,
    description: string,
    work: (stream: string | undefined, options: ConnectorOptions) => Promise<void>,
  ): void =>
    void group
      .command(verb)
      .argument('[stream]', 'only this stream’s connector')
      .description(description)
      .option('--json', 'print the result as JSON', false)
      .action(async (stream: string | undefined, _options: unknown, command: Command) =>
        work(stream, command.optsWithGlobals<ConnectorOptions>()),
      );
  add('status', 'state of the connectors and their tasks', (stream, options) =>
    run(stream, options, environment, null),
  );
  for (const verb of ['pause', 'resume', 'restart'] as const)
    add(verb, ACTS[verb].description, (stream, options) => run(stream, options, environment, verb));
  add('delete', 'remove the connectors; slot, topics and documents stay', (stream, options) =>
    remove(stream, options, environment),
  );
}

interface Opened {
  readonly client: ConnectClient;
  readonly streams: readonly string[];
  readonly auditOf: (stream: string) => StreamAudit;
}

async function open(
  stream: string | undefined,
  options: ConnectorOptions,
  { env }: Environment,
): Promise<Opened> {
  const context = resolveContext(options.data, env);
  const { connectUrl } = need(context, 'connectUrl');
  const projections = await knownProjections(options.application, context.local);
  const streams = [...new Set(projections.map((projection) => projection.stream))];
  if (stream !== undefined && !streams.includes(stream)) {
    throw new CliError(EXIT.usage, `there is no stream ${stream}; there is ${streams.join(', ')}`);
  }
  const { notice } = createTeller(process.stderr, options.json);
  return {
    client: createConnectClient(connectUrl),
    streams: stream === undefined ? streams : [stream],
    auditOf: (each) => ({
      mongoUrl: context.mongoUrl,
      followers: projections.filter((projection) => projection.stream === each).map(({ name }) => name),
      notice,
    }),
  };
}

async function run(
  stream: string | undefined,
  options: ConnectorOptions,
  environment: Environment,
  /** null: only looks. */
  verb: ActVerb | null,
): Promise<void> {
  const { client, streams, auditOf } = await open(stream, options, environment);
  let healthy = true;
  const results = [];
  for (const each of streams) {
    const name = connectorName(each);
    if ((await client.status(name)) === null)
      throw new CliError(EXIT.failed, `${name} is not registered: readside register`);
    if (verb !== null)
      await auditedStream(
        auditOf(each),
        { act: `connector-${verb}`, by: environment.env['USER'] },
        () => ACTS[verb].act(client, name),
        () => 'done',
      );
    const status = await client.status(name);
    if (status === null) throw new CliError(EXIT.failed, `${name} is gone`);
    const failure = failureOf(status);
    if (failure !== null) healthy = false;
    results.push({ ...status, failure });
    if (!options.json)
      process.stdout.write(`${name} ${describe(status)}${failure === null ? '' : `\n  ${failure}`}\n`);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(results)}\n`);
  if (!healthy) process.exitCode = EXIT.failed;
}

async function remove(
  stream: string | undefined,
  options: ConnectorOptions,
  environment: Environment,
): Promise<void> {
  const { client, streams, auditOf } = await open(stream, options, environment);
  const results = [];
  for (const each of streams) {
    const name = connectorName(each);
    // Asked first: a Connect that does not answer is told at once, while a delete is tried for half a minute.
    const isThere = (await client.status(name)) !== null;
    const deleted =
      isThere &&
      (await auditedStream(
        auditOf(each),
        { act: 'connector-delete', by: environment.env['USER'] },
        () => client.delete(name),
        () => 'done',
      ));
    results.push({ name, deleted });
  }
  if (options.json) process.stdout.write(`${JSON.stringify(results)}\n`);
  else
    for (const { name, deleted } of results)
      process.stdout.write(`${name} ${deleted ? 'deleted' : 'was not registered'}\n`);
}
