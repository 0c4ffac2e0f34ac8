/** `readside doctor`: the whole set-up, and how to mend what is wrong with it. */
import type { Command } from 'commander';
import { PATTERNS } from '../../services/shared/config-fields.ts';
import { resolveContext } from '../context.ts';
import { markOf } from '../doctor/check.ts';
import { examine } from '../doctor/doctor.ts';
import { judgeConfiguration } from '../doctor/judge-configuration.ts';
import type { Variable } from '../doctor/judge-configuration.ts';
import { screenOf } from '../doctor/screen.ts';
import { EXIT } from '../exit.ts';
import type { StackFile } from '../local/stack-file.ts';
import { knownProjections } from '../started-projections.ts';
import { serviceUrls } from '../status/service-urls.ts';
import type { Environment, GlobalOptions } from './environment.ts';

export function addDoctor(program: Command, environment: Environment): void {
  program
    .command('doctor')
    .description(
      'check the whole set-up and say how to mend what is wrong; exit 0 when all is fine, 1 when something is broken, 3 for warnings only',
    )
    .option('--json', 'print the checks as JSON', false)
    .addHelpText(
      'after',
      '\nElsewhere than in a local system: the servers’ addresses, and WRITE_API_URL, READ_API_URL, PROJECTOR_URLS and READSIDE_TOKEN for the services.',
    )
    .action(async (_options: unknown, command: Command) =>
      doctor(command.optsWithGlobals<GlobalOptions & { readonly json: boolean }>(), environment),
    );
}

async function doctor(
  { data: dataDir, application, json }: GlobalOptions & { readonly json: boolean },
  { env }: Environment,
): Promise<void> {
  const context = resolveContext(dataDir, env);
  const configuration = judgeConfiguration(variablesOf(env, context.local), context.local !== undefined);
  const isRight = configuration.every(({ mark }) => mark !== 'broken');
  const checks = await examine({
    dataDir,
    env,
    context,
    configuration,
    // What is not an address cannot be asked; it was told.
    urls: isRight ? serviceUrls(context.local, env) : NOWHERE,
    token: env['READSIDE_TOKEN'] ?? context.local?.token ?? null,
    application,
    projections: await knownProjections(application, context.local),
  });
  const mark = markOf(checks);
  process.stdout.write(json ? `${JSON.stringify({ state: mark, checks })}\n` : screenOf(checks));
  if (mark === 'broken') process.exitCode = EXIT.failed;
  if (mark === 'warning') process.exitCode = EXIT.behind;
}

const NOWHERE = { writeApi: null, readApi: null, projectors: new Map<string, readonly string[]>() };

const HTTP = '^https?://[^/]+';
const HTTP_LIST = '^https?://[^,]+(,https?://[^,]+)*$';
const PROJECTORS = '^\\s*[^=\\s]+=https?://[^,]+(,\\s*[^=\\s]+=https?://[^,]+)*$';

function variablesOf(env: NodeJS.ProcessEnv, local: StackFile | undefined): readonly Variable[] {
  const of = (
    name: string,
    ofLocal: string | undefined,
    pattern: string,
    example: string,
    required: boolean,
  ): Variable => ({
    name,
    value: env[name] === '' ? undefined : env[name],
    local: ofLocal,
    pattern,
    example,
    required,
  });
  return [
    of(
      'DATABASE_URL',
      local?.postgresUrl,
      PATTERNS.postgresUrl,
      'postgres://user:password@host:5432/database',
      true,
    ),
    of(
      'MONGODB_URL',
      local?.mongoUrl,
      PATTERNS.mongoUrl,
      'mongodb://user:password@host:27017/readside',
      true,
    ),
    of('KAFKA_BROKERS', local?.kafkaBrokers, PATTERNS.kafkaBrokers, 'host:9092,other:9092', true),
    of('CONNECT_URL', local?.connectUrl, HTTP_LIST, 'http://host:8083', true),
    of('WRITE_API_URL', local?.writeApiUrl, HTTP, 'http://host:3001', false),
    of('READ_API_URL', local?.readApiUrl, HTTP, 'http://host:3002', false),
    of('PROJECTOR_URLS', undefined, PROJECTORS, 'profile=http://host:3003', false),
  ];
}
