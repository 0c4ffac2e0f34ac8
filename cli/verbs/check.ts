/** `readside check`: does everything that a projection needs fit together? Each finding says why it matters and what mends it. */
import type { Command } from 'commander';
import pg from 'pg';
import pc from 'picocolors';
import type { Finding } from '../../services/shared/check/finding.ts';
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';
import { ask } from '../../services/shared/health/asked.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { loadProjection, loadProjections } from '../../services/shared/load-projection.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { openMongo } from '../../services/shared/mongo.ts';
import { startedProjections } from '../started-projections.ts';
import { checkProjection } from '../check/check-projection.ts';
import { need, resolveContext } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { Environment, GlobalOptions } from './environment.ts';

const TIMEOUT_MS = 5000;

type CheckOptions = GlobalOptions & { readonly json: boolean };

export function addCheck(program: Command, environment: Environment): void {
  program
    .command('check')
    .argument('[projection]', 'only this one: a name in projections/, or a path')
    .description('compare projection, Postgres’ catalog, publication, connector, topics and collection')
    .option('--json', 'print the findings as JSON', false)
    .action(async (name: string | undefined, _options: unknown, command: Command) =>
      check(name, command.optsWithGlobals<CheckOptions>(), environment),
    );
}

async function check(name: string | undefined, options: CheckOptions, { env }: Environment): Promise<void> {
  const context = resolveContext(options.data, env);
  const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl } = need(
    context,
    'postgresUrl',
    'mongoUrl',
    'kafkaBrokers',
    'connectUrl',
  );
  const known = await loadProjections(options.application);
  const asked =
    name === undefined
      ? await startedProjections(options.application, context.local, mongoUrl)
      : [await loadProjection(options.application, name)];
  const all = [...known, ...asked.filter((each) => !known.some((other) => other.name === each.name))];
  const pool = new pg.Pool({
    connectionString: postgresUrl,
    max: 1,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    application_name: 'readside-check',
  });
  pool.on('error', () => undefined); // its next query says so
  const mongo = openMongo(mongoUrl, {
    serverSelectionTimeoutMS: TIMEOUT_MS,
    appName: 'readside-check',
  });
  const admin = createKafka('readside-check', kafkaBrokers, createLogger('readside', 'silent'), {
    retries: 1,
  }).admin();
  try {
    await ask(() => admin.connect(), TIMEOUT_MS); // when it fails, its next question says so
    const places = { pool, admin, connect: createConnectClient(connectUrl), db: mongo.db() };
    const results = [];
    for (const projection of asked)
      results.push({
        projection: projection.name,
        findings: await checkProjection(places, projection, all),
      });
    if (options.json) process.stdout.write(`${JSON.stringify(results)}\n`);
    else for (const result of results) process.stdout.write(screen(result));
    if (results.some(({ findings }) => findings.length > 0)) process.exitCode = EXIT.failed;
  } finally {
    await Promise.all([
      ask(() => pool.end(), TIMEOUT_MS),
      ask(() => mongo.close(), TIMEOUT_MS),
      ask(() => admin.disconnect(), TIMEOUT_MS),
    ]);
  }
}

function screen({
  projection,
  findings,
}: {
  readonly projection: string;
  readonly findings: readonly Finding[];
}): string {
  if (findings.length === 0) return `${pc.green('●')} ${pc.bold(projection)}: everything fits\n`;
  const lines = findings.map(
    ({ code, text, why, remedy, blocking }) =>
      `  ${blocking ? pc.red('✗') : pc.yellow('!')} ${text} ${pc.dim(`(${code})`)}\n    why   ${why}\n    mend  ${remedy}`,
  );
  return `${pc.red('●')} ${pc.bold(projection)}: ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}\n${lines.join('\n')}\n`;
}
