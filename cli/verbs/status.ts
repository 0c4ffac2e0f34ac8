/** `readside status`: one screen that says whether the documents are up to date, and what stands still if not. */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import pc from 'picocolors';
import { describe } from '../../services/shared/connect/connector-status.ts';
import type { Asked } from '../../services/shared/health/asked.ts';
import { bytesText } from '../../services/shared/health/causes.ts';
import { verdictOf, wordsOf } from '../../services/shared/health/verdict.ts';
import type { Verdict } from '../../services/shared/health/verdict.ts';
import { createLogger } from '../../services/shared/logger.ts';
import type { VerificationRecord } from '../../services/shared/verify/verification-record.ts';
import { need, resolveContext } from '../context.ts';
import { EXIT } from '../exit.ts';
import { startedProjections } from '../started-projections.ts';
import { collectStatus } from '../status/collect.ts';
import type { StatusParts } from '../status/collect.ts';
import { trendOf, trendText } from '../status/trend.ts';
import type { Seen, Trend } from '../status/trend.ts';
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
    .action(async (_options: unknown, command: Command) =>
      status(command.optsWithGlobals<StatusOptions>(), environment),
    );
}

interface StatusOptions extends GlobalOptions {
  readonly json: boolean;
  /** true: without a number. */
  readonly watch?: number | true;
}

interface Looked {
  readonly verdict: Verdict;
  readonly parts: StatusParts;
  /** Since the look before; absent: there was none. */
  readonly trend?: Trend;
}

const WATCH_SECONDS = 2;
/** To the upper left corner, and all below it gone. */
const CLEAR = '\u001b[H\u001b[J';

async function status(options: StatusOptions, { env }: Environment): Promise<void> {
  const { watch, json } = options;
  const context = resolveContext(resolve(options.data), env);
  const addresses = need(context, 'postgresUrl', 'mongoUrl', 'kafkaBrokers', 'connectUrl');
  const logger = createLogger('readside', 'silent');
  const before = new Map<string, Seen>();
  const look = async (): Promise<readonly Looked[]> => {
    const looked: Looked[] = [];
    // Pids change, and read models are started and stopped, while somebody watches.
    const { local } = resolveContext(resolve(options.data), env);
    for (const projection of await startedProjections(local, addresses.mongoUrl)) {
      const parts = await collectStatus({ ...addresses, local }, projection, logger);
      looked.push({ verdict: verdictOf(parts.facts), parts, ...trendSince(before, parts) });
    }
    return looked;
  };
  if (watch === undefined) {
    const looked = await look();
    print(looked, json);
    if (looked.some(({ verdict }) => verdict.state !== 'up-to-date')) process.exitCode = EXIT.behind;
    return;
  }
  const signal = stopOnSignal('stopped');
  const seconds = watch === true ? WATCH_SECONDS : watch;
  for (;;) {
    const looked = await look();
    signal.throwIfAborted();
    if (process.stdout.isTTY && !json) process.stdout.write(CLEAR);
    print(looked, json);
    // Asked to stop, it says why by itself.
    await sleep(seconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function trendSince(before: Map<string, Seen>, { facts }: StatusParts): Pick<Looked, 'trend'> {
  const { projection, topic } = facts;
  if (topic === null || topic === 'absent') return {};
  const now = { at: performance.now(), topic };
  const last = before.get(projection);
  before.set(projection, now);
  return last === undefined ? {} : { trend: trendOf(last, now) };
}

function print(looked: readonly Looked[], json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify(looked.map(toJson))}\n`);
  else for (const each of looked) process.stdout.write(screen(each));
}

function toJson({ verdict, parts, trend }: Looked): unknown {
  const plain = <T>(asked: Asked<T>): unknown => (asked.ok ? asked.value : { error: asked.why });
  return {
    projection: parts.facts.projection,
    ...verdict,
    servers: parts.servers.map(({ name, pid, up }) => ({
      name,
      pid,
      up: up.ok,
      ...(up.ok ? {} : { error: up.why }),
    })),
    connector: parts.facts.connector,
    projectors: parts.facts.group?.members ?? null,
    unassigned: parts.facts.group?.unassigned ?? null,
    quarantined: parts.facts.quarantined,
    lag: plain(parts.lag),
    documents: plain(parts.documents),
    verified: plain(parts.verified),
    ...(trend && { trend }),
  };
}

function screen({ verdict, parts, trend }: Looked): string {
  const mark =
    verdict.state === 'up-to-date'
      ? pc.green('●')
      : verdict.state === 'lagging'
        ? pc.yellow('●')
        : pc.red('●');
  const row = (name: string, text: string): string => `  ${name.padEnd(12)} ${text}`;
  const shown = <T>(asked: Asked<T>, text: (value: T) => string): string =>
    asked.ok ? text(asked.value) : pc.red(asked.why);
  const { facts } = parts;
  const more = [...verdict.causes.slice(1), ...verdict.warnings];
  const lines = [
    `${mark} ${pc.bold(facts.projection)}: ${verdict.text}`,
    ...more.map((cause) => `  ${pc.yellow('also')} ${wordsOf(cause)}`),
    '',
    ...parts.servers.map(({ name, pid, up }) =>
      row(name, `${shown(up, () => pc.green('up'))}${pid === null ? '' : pc.dim(`  pid ${pid}`)}`),
    ),
    '',
    row(
      'connector',
      facts.connector === null
        ? pc.red('not known')
        : facts.connector === 'absent'
          ? pc.red('not registered')
          : facts.connector === 'starting'
            ? pc.red('not known: Connect is starting')
            : describe(facts.connector),
    ),
    row(
      'slot',
      facts.source === null
        ? pc.red('not known')
        : facts.source.slot === null
          ? pc.red('absent')
          : `${facts.source.slot.walStatus}, ${facts.source.slot.active ? 'active' : pc.red('inactive')}, keeps ${bytesText(facts.source.slot.retainedBytes)} of WAL`,
    ),
    row('projectors', facts.group === null ? pc.red('not known') : `${facts.group.members} in the group`),
    row(
      'lag',
      shown(
        parts.lag,
        (lag) =>
          `${lag.events} events, ${lag.bytes === null ? '?' : bytesText(lag.bytes)}, ${lag.seconds === null ? '?' : lag.seconds.toFixed(1)} s`,
      ),
    ),
    ...(trend ? [row('rate', trendText(trend))] : []),
    row(
      'fresh as of',
      shown(parts.lag, ({ asOf }) => asOf?.toISOString() ?? 'not known yet'),
    ),
    row(
      'documents',
      shown(
        parts.documents,
        ({ live, pending, tombstones }) => `${live} live, ${pending} pending, ${tombstones} tombstones`,
      ),
    ),
    row('verified', shown(parts.verified, verifiedText)),
  ];
  return `${lines.join('\n')}\n`;
}

function verifiedText(record: VerificationRecord | null): string {
  if (record === null) return 'never: readside verify';
  const { at, scope, compared, missing, extra, different, degraded, undecided, counts: wrong = 0 } = record;
  const kinds = { missing, extra, different, degraded, undecided, 'wrong counts': wrong };
  const counts = Object.entries(kinds).filter(([, count]) => count > 0);
  const found =
    counts.length === 0 ? 'all equal' : pc.red(counts.map(([what, count]) => `${count} ${what}`).join(', '));
  return `${at.toISOString()}, ${compared} documents (${scope}), ${found}`;
}
