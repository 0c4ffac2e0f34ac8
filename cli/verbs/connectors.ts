/** `readside connectors status | pause | resume | restart | delete`: what Connect runs for the streams of our projections. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';
import type { ConnectClient } from '../../services/shared/connect/connect-client.ts';
import { restartConnector, waitUntilRunning, waitUntilState } from '../../connectors/register.ts';
import { describe, failureOf } from '../../services/shared/connect/connector-status.ts';
import { loadProjections } from '../../services/shared/load-projection.ts';
import { connectorName } from '../../services/shared/stream-names.ts';
import { need, resolveContext } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface ConnectorOptions extends GlobalOptions {
  readonly json: boolean;
}

/** Resolves when Connect has done it, not when it has taken note of it. */
type Act = (client: ConnectClient, name: string) => Promise<void>;

const ACT_DEADLINE_MS = 30_000;

const ACTS: Readonly<Record<string, { readonly description: string; readonly act: Act }>> = {
  status: { description: 'state of the connectors and their tasks', act: async () => undefined },
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
  for (const [verb, { description, act }] of Object.entries(ACTS)) {
    group
      .command(verb)
      .argument('[stream]', 'only this stream’s connector')
      .description(description)
      .option('--json', 'print the result as JSON', false)
      .action(async (stream: string | undefined, _options: unknown, command: Command) =>
        run(stream, command.optsWithGlobals<ConnectorOptions>(), environment, act),
      );
  }
  group
    .command('delete')
    .argument('[stream]', 'only this stream’s connector')
    .description('remove the connectors; slot, topics and documents stay')
    .option('--json', 'print the result as JSON', false)
    .action(async (stream: string | undefined, _options: unknown, command: Command) =>
      remove(stream, command.optsWithGlobals<ConnectorOptions>(), environment),
    );
}

async function open(
  stream: string | undefined,
  options: ConnectorOptions,
  { env }: Environment,
): Promise<{ client: ConnectClient; names: readonly string[] }> {
  const { connectUrl } = need(resolveContext(resolve(options.data), env), 'connectUrl');
  const streams = [...new Set((await loadProjections()).map((projection) => projection.stream))];
  if (stream !== undefined && !streams.includes(stream)) {
    throw new CliError(EXIT.usage, `there is no stream ${stream}; there is ${streams.join(', ')}`);
  }
  return {
    client: createConnectClient(connectUrl),
    names: (stream === undefined ? streams : [stream]).map(connectorName),
  };
}

async function run(
  stream: string | undefined,
  options: ConnectorOptions,
  environment: Environment,
  act: Act,
): Promise<void> {
  const { client, names } = await open(stream, options, environment);
  let healthy = true;
  const results = [];
  for (const name of names) {
    if ((await client.status(name)) === null)
      throw new CliError(EXIT.failed, `${name} is not registered: readside register`);
    await act(client, name);
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
  const { client, names } = await open(stream, options, environment);
  const results = [];
  for (const name of names) {
    // Asked first: a Connect that does not answer is told at once, while a delete is tried for half a minute.
    const isThere = (await client.status(name)) !== null;
    results.push({ name, deleted: isThere && (await client.delete(name)) });
  }
  if (options.json) process.stdout.write(`${JSON.stringify(results)}\n`);
  else
    for (const { name, deleted } of results)
      process.stdout.write(`${name} ${deleted ? 'deleted' : 'was not registered'}\n`);
}
