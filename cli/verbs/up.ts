/** `readside up`: the whole system on this machine, a demonstration, and then it stays until Ctrl-C. `npm start` runs it. */
import type { Command } from 'commander';
import { listedNames, projectionNames } from '../../services/shared/load-projection.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { runDemo } from '../demo/demo.ts';
import { printWelcome } from '../demo/welcome.ts';
import { defaultData } from '../chosen-application.ts';
import { CliError, EXIT } from '../exit.ts';
import { PAGE_NAMES } from '../local/pages.ts';
import type { PageName } from '../local/pages.ts';
import { startSystem } from '../local/system.ts';
import { createReporter } from '../reporter.ts';
import { positiveInteger, rate } from './arguments.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface UpOptions extends GlobalOptions {
  readonly once: boolean;
  readonly fresh: boolean;
  readonly demo: boolean;
  readonly auth: boolean;
  readonly console: boolean;
  readonly json: boolean;
  readonly partitions?: number;
  readonly projection?: string;
  readonly traffic?: number;
}

/** Commands a second. */
const DEFAULT_RATE = 5;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function addUp(program: Command, environment: Environment): void {
  program
    .command('up')
    .description(
      'start Postgres, MongoDB, Kafka, Connect and the services, run the demo (of an example: its traffic), and stay until Ctrl-C',
    )
    .option('--once', 'end after the demo', false)
    .option('--fresh', 'remove the data of earlier runs first', false)
    .option('--no-demo', 'start without the demo and the profile page')
    .option('--no-console', 'start without the console')
    .option('--no-auth', 'let everybody in, without a token')
    .option('--json', 'print the addresses (and the demo’s result) as JSON', false)
    .option(
      '--partitions <n>',
      'partitions of the changes’ topic when it is made (default: 4)',
      positiveInteger,
    )
    .option(
      '--projection <names>',
      'read models to run: names in projections/ or paths, with commas between (default: all; of an example, what its app.ts says)',
    )
    .option(
      '--traffic <rate>',
      `commands a second that an example’s traffic makes, 0 for none (default: ${DEFAULT_RATE})`,
      rate,
    )
    .action(async (_options: unknown, command: Command) =>
      up(command.optsWithGlobals<UpOptions>(), environment),
    );
}

async function up(options: UpOptions, { root, env }: Environment): Promise<void> {
  const stopping = new AbortController();
  // A terminal's Ctrl-C reaches us directly and once more through npm: the second one means the same as the first.
  for (const signal of SIGNALS)
    process.on(signal, () => stopping.abort(new CliError(EXIT.interrupted, `stopped by ${signal}`)));
  const started = performance.now();
  const report = createReporter(process.stderr);
  const { application } = options;
  const projections = wantedProjections(options);
  const hasDemo = options.demo && application.folder === '' && projections.includes('profile');
  const system = await startSystem({
    root,
    dataDir: options.data,
    fresh: options.fresh,
    ...(options.partitions === undefined ? {} : { partitions: options.partitions }),
    application,
    projections,
    traffic: options.once ? 0 : trafficOf(options),
    auth: options.auth,
    pages: pagesOf(options, hasDemo),
    provider: providerOf(env),
    env,
    // Standard output belongs to the result when that is JSON.
    logger: createLogger('readside', options.json ? 'silent' : 'warn'),
    signal: stopping.signal,
    onEvent: report,
  });
  report({ type: 'done', what: 'Readside is ready', ms: performance.now() - started });
  try {
    const info = system.info();
    const demo = hasDemo ? await runDemo(info, !options.json, stopping.signal) : null;
    if (options.json) process.stdout.write(`${JSON.stringify({ ...info, demo })}\n`);
    else if (options.once)
      process.stdout.write('\nnpm start, without --once, stays up and prints what to try.\n');
    else printWelcome({ system: info, application, found: found(options, root), id: demo?.id ?? null });
    if (!options.once) await aborted(stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  } finally {
    process.stderr.write('stopping …\n');
    await system.stop();
  }
  if (options.once && stopping.signal.aborted) throw stopping.signal.reason;
}

/** Of the verbs, to find what runs: they know the folders where applications have their data. */
function found({ application, data }: UpOptions, root: string): string {
  if (data !== defaultData(root, application)) return `--data ${data} `;
  return application.folder === '' ? '' : `--example ${application.choice} `;
}

function wantedProjections({ application, projection }: UpOptions): readonly string[] {
  if (projection !== undefined) return listedNames(projection);
  return application.projections ?? projectionNames(application);
}

/** @throws CliError (usage) when the application is asked for what it has not. */
function trafficOf({ application, traffic }: UpOptions): number {
  if (application.traffic !== null) return traffic ?? DEFAULT_RATE;
  if (traffic === undefined) return 0;
  throw new CliError(
    EXIT.usage,
    `${application.name} has no traffic: it is for examples that have a traffic.ts`,
  );
}

/** Of a system that ends after the demo nobody would see one. */
function pagesOf({ once, console }: UpOptions, hasDemo: boolean): readonly PageName[] {
  const wanted = { console, profilePage: hasDemo };
  return once ? [] : PAGE_NAMES.filter((name) => wanted[name]);
}

function providerOf(env: NodeJS.ProcessEnv): 'embedded' | 'containers' {
  const provider = env['READSIDE_STACK'] ?? 'embedded';
  if (provider === 'embedded' || provider === 'containers') return provider;
  throw new CliError(EXIT.usage, `READSIDE_STACK is "${provider}"; it can be "embedded" or "containers"`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolvePromise) => {
    if (signal.aborted) resolvePromise();
    else signal.addEventListener('abort', () => resolvePromise(), { once: true });
  });
}
