/** `readside status`: one screen that says whether the documents are up to date, and what stands still if not. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Application } from '../../services/shared/application.ts';
import { createLogger } from '../../services/shared/logger.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { StatusReport } from '../../services/shared/status-report.ts';
import { need, resolveContext } from '../context.ts';
import { EXIT } from '../exit.ts';
import { begunProjections, knownProjections } from '../started-projections.ts';
import { openConnections } from '../status/connections.ts';
import type { Connections } from '../status/connections.ts';
import { createLooks } from '../status/looks.ts';
import { TIMEOUT_MS } from '../status/read-model-watch.ts';
import { screenOf } from '../status/screen.ts';
import { serviceUrls } from '../status/service-urls.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import { positiveInteger } from './arguments.ts';
import type { Environment, GlobalOptions } from './environment.ts';

export function addStatus(program: Command, environment: Environment): void {
  program
    .command('status')
    .description(
      'servers, connector, lag against Postgres’ own position, documents; exit 3 when not up to date',
    )
    .option(
      '--watch [seconds]',
      'look again every so many seconds (default: 2), until Ctrl-C',
      positiveInteger,
    )
    .option('--json', 'print everything as JSON; with --watch a line for each look', false)
    .addHelpText(
      'after',
      '\nElsewhere than in a local system, WRITE_API_URL, READ_API_URL and PROJECTOR_URLS (profile=http://host:3003,…) say where the services are.',
    )
    .action(async (_options: unknown, command: Command) =>
      status(command.optsWithGlobals<StatusOptions>(), environment),
    );
}

interface StatusOptions extends GlobalOptions {
  readonly json: boolean;
  /** true: without a number. */
  readonly watch?: number | true;
}

const WATCH_SECONDS = 2;
/** To the upper left corner, and all below it gone. */
const CLEAR = '\u001b[H\u001b[J';

async function status(options: StatusOptions, { env }: Environment): Promise<void> {
  const { watch, json } = options;
  const dataDir = options.data;
  const addresses = addressesOf(dataDir, env);
  if (watch === undefined) {
    const report = await withLooks(options.application, addresses, false, (look) => look(dataDir, env));
    process.stdout.write(shown(report, json));
    if (report.state !== 'up-to-date') process.exitCode = EXIT.behind;
    return;
  }
  const signal = stopOnSignal('stopped');
  const gone = readerGone();
  const seconds = watch === true ? WATCH_SECONDS : watch;
  while (!gone.aborted) {
    // A system that was started anew may have other addresses.
    const known = addressesOf(dataDir, env);
    await withLooks(options.application, known, true, async (look) => {
      while (!gone.aborted && isSame(known, addressesOf(dataDir, env, known))) {
        const began = performance.now();
        const report = await look(dataDir, env);
        signal.throwIfAborted();
        const clear = process.stdout.isTTY && !json ? CLEAR : '';
        // Whoever reads slowly is waited for: nothing piles up here.
        if (!process.stdout.write(`${clear}${shown(report, json)}`))
          await once(process.stdout, 'drain', { signal: AbortSignal.any([signal, gone]) }).catch(() =>
            signal.throwIfAborted(),
          );
        const rest = Math.max(0, seconds * 1000 - (performance.now() - began));
        // Asked to stop, it says why by itself.
        await sleep(rest, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    });
  }
}

type Addresses = Parameters<typeof openConnections>[0];

/** `otherwise`: while no system runs in the data folder. */
function addressesOf(dataDir: string, env: NodeJS.ProcessEnv, otherwise?: Addresses): Addresses {
  const context = resolveContext(dataDir, env);
  if (otherwise !== undefined && context.local === undefined) return otherwise;
  return need(context, 'postgresUrl', 'mongoUrl', 'kafkaBrokers', 'connectUrl');
}

function isSame(a: Addresses, b: Addresses): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

type Look = (dataDir: string, env: NodeJS.ProcessEnv) => Promise<StatusReport>;

async function withLooks<T>(
  application: Application,
  addresses: Addresses,
  again: boolean,
  work: (look: Look) => Promise<T>,
): Promise<T> {
  const connections = openConnections(addresses, createLogger('readside', 'silent'), TIMEOUT_MS);
  try {
    const lookAt = createLooks(connections, again);
    let begun: readonly Projection[] | null = null;
    return await work(async (dataDir, env) => {
      // Pids change, and read models are started and stopped, while somebody watches.
      const { local } = resolveContext(dataDir, env);
      const all = await knownProjections(application, local);
      begun = local
        ? all.filter(({ name }) => name in local.projectors)
        : ((await begunOf(all, connections)) ?? begun ?? all.slice(0, 1));
      return lookAt({ local, urls: serviceUrls(local, env), projections: begun });
    });
  } finally {
    await connections.close();
  }
}

async function begunOf(
  all: readonly Projection[],
  connections: Connections,
): Promise<readonly Projection[] | null> {
  await connections.ensure();
  return begunProjections(all, connections.db, TIMEOUT_MS);
}

function shown(report: StatusReport, json: boolean): string {
  return json ? `${JSON.stringify(report)}\n` : screenOf(report);
}

/** Aborted when nobody reads what is printed any more: it must not outlive whoever has started it. */
function readerGone(): AbortSignal {
  const gone = new AbortController();
  process.stdout.on('error', () => gone.abort());
  return gone.signal;
}
