/** `readside status`: one screen that says whether the documents are up to date, and what stands still if not. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import pc from 'picocolors';
import { describe } from '../../services/shared/connect/connector-status.ts';
import { loadProjections } from '../../services/shared/load-projection.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { need, resolveContext } from '../context.ts';
import { EXIT } from '../exit.ts';
import { collectStatus } from '../status/collect.ts';
import type { Asked, StatusParts } from '../status/collect.ts';
import { verdictOf } from '../status/verdict.ts';
import type { Verdict } from '../status/verdict.ts';
import type { Environment, GlobalOptions } from './environment.ts';

export function addStatus(program: Command, environment: Environment): void {
  program
    .command('status')
    .description(
      'servers, connector, lag against Postgres’ own position, documents; exit 3 when not up to date',
    )
    .option('--json', 'print everything as JSON', false)
    .action(async (_options: unknown, command: Command) =>
      status(command.optsWithGlobals<GlobalOptions & { json: boolean }>(), environment),
    );
}

async function status(options: GlobalOptions & { json: boolean }, { env }: Environment): Promise<void> {
  const context = resolveContext(resolve(options.data), env);
  const addresses = need(context, 'postgresUrl', 'mongoUrl', 'kafkaBrokers', 'connectUrl');
  const logger = createLogger('readside', 'silent');
  const results = [];
  for (const projection of await loadProjections()) {
    const parts = await collectStatus({ ...addresses, local: context.local }, projection, logger);
    results.push({ verdict: verdictOf(parts), parts });
  }
  if (options.json) process.stdout.write(`${JSON.stringify(results.map(toJson))}\n`);
  else for (const { verdict, parts } of results) process.stdout.write(screen(verdict, parts));
  if (results.some(({ verdict }) => verdict.state !== 'up-to-date')) process.exitCode = EXIT.behind;
}

function toJson({ verdict, parts }: { verdict: Verdict; parts: StatusParts }): unknown {
  const plain = <T>(asked: Asked<T>): unknown => (asked.ok ? asked.value : { error: asked.why });
  return {
    projection: parts.projection,
    ...verdict,
    servers: parts.servers.map(({ name, pid, up }) => ({
      name,
      pid,
      up: up.ok,
      ...(up.ok ? {} : { error: up.why }),
    })),
    connector: plain(parts.connector),
    projectors: plain(parts.projectors),
    lag: plain(parts.lag),
    documents: plain(parts.documents),
  };
}

function screen(verdict: Verdict, parts: StatusParts): string {
  const mark =
    verdict.state === 'up-to-date'
      ? pc.green('●')
      : verdict.state === 'lagging'
        ? pc.yellow('●')
        : pc.red('●');
  const row = (name: string, text: string): string => `  ${name.padEnd(12)} ${text}`;
  const shown = <T>(asked: Asked<T>, text: (value: T) => string): string =>
    asked.ok ? text(asked.value) : pc.red(asked.why);
  const lines = [
    `${mark} ${pc.bold(parts.projection)}: ${verdict.text}`,
    '',
    ...parts.servers.map(({ name, pid, up }) =>
      row(name, `${shown(up, () => pc.green('up'))}${pid === null ? '' : pc.dim(`  pid ${pid}`)}`),
    ),
    '',
    row(
      'connector',
      shown(parts.connector, (value) => (value === null ? pc.red('not registered') : describe(value))),
    ),
    row(
      'slot',
      shown(parts.lag, ({ source: { slot } }) =>
        slot === null
          ? pc.red('absent')
          : `${slot.walStatus}, ${slot.active ? 'active' : pc.red('inactive')}, keeps ${bytes(slot.retainedBytes)} of WAL`,
      ),
    ),
    row(
      'projectors',
      shown(parts.projectors, (members) => `${members} in the group`),
    ),
    row(
      'lag',
      shown(
        parts.lag,
        (lag) =>
          `${lag.events} events, ${lag.bytes === null ? '?' : bytes(lag.bytes)}, ${lag.seconds === null ? '?' : lag.seconds.toFixed(1)} s`,
      ),
    ),
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
  ];
  return `${lines.join('\n')}\n`;
}

function bytes(count: number): string {
  if (count < 10_000) return `${count} B`;
  if (count < 10_000_000) return `${Math.round(count / 1000)} kB`;
  return `${(count / 1_000_000).toFixed(1)} MB`;
}
