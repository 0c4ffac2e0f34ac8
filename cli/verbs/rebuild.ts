/** `readside rebuild <projection>`: the documents made anew from the source, without a pause for writers and readers. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { connectorConfig } from '../../connectors/connector-config.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../connectors/topics.ts';
import { loadProjection, loadProjections } from '../../services/shared/load-projection.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { need, resolveContext } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { createTeller } from '../progress.ts';
import { abandonRebuild, planRebuild } from '../rebuild/plan-rebuild.ts';
import type { RebuildPlan } from '../rebuild/plan-rebuild.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import type { RebuildOptions, RebuildReport } from '../rebuild/rebuild.ts';
import { STAGE_TEXTS, unitOf } from '../rebuild/stage-texts.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import { duration, positiveInteger } from './arguments.ts';
import type { Environment, GlobalOptions } from './environment.ts';

export interface RebuildVerbOptions extends GlobalOptions {
  readonly json: boolean;
  readonly dryRun?: boolean;
  readonly abort?: boolean;
  readonly fresh?: boolean;
  readonly keepOld?: number;
  readonly verify: 'all' | 'sample';
  readonly from: 'source' | 'changelog';
  readonly partitions: number;
  readonly replicationFactor?: number;
  readonly rate?: number;
}

/** Of SQL's documents, and as many of the shadow's. */
const SAMPLE = 1000;
const ABORT = 'readside rebuild --abort';

export function addRebuild(program: Command, environment: Environment): void {
  addRebuildOptions(
    program
      .command('rebuild')
      .argument('<projection>', 'its name in projections/, or the path of its file')
      .description(
        'make the documents anew from the source, prove them equal and swap them in; writers and readers go on',
      )
      .option('--dry-run', 'say what would be done, and change nothing', false)
      .option('--abort', 'remove what a rebuild that was stopped or killed has left', false),
  ).action(async (name: string, _options: unknown, command: Command) =>
    runRebuild(name, command.optsWithGlobals<RebuildVerbOptions>(), environment),
  );
}

/** Of the verbs that end in a rebuild. */
export function addRebuildOptions(verb: Command): Command {
  return verb
    .option(
      '--partitions <n>',
      'partitions of the changes’ topic, where it is gone and must be made',
      positiveInteger,
      DEFAULT_TOPIC_SETTINGS.partitions,
    )
    .option(
      '--replication-factor <n>',
      'replicas of each partition, likewise (default: three, or as many as there are brokers)',
      positiveInteger,
    )
    .option('--fresh', 'begin anew where an earlier one was stopped or killed', false)
    .option(
      '--keep-old <duration>',
      'keep the documents that are replaced, and feed them, for so long: 30m, 1h, 2d; readside rollback puts them back',
      duration,
    )
    .addOption(
      new Option('--from <what>', 'copy from the source, or apply every change again that the topic holds')
        .choices(['source', 'changelog'])
        .default('source'),
    )
    .addOption(
      new Option('--verify <which>', 'documents that are compared with SQL before the swap')
        .choices(['all', 'sample'])
        .default('all'),
    )
    .option('--rate <n>', 'documents a second that are copied and compared, at most', positiveInteger)
    .option('--json', 'print the result as JSON', false);
}

export async function runRebuild(
  name: string,
  options: RebuildVerbOptions,
  { env }: Environment,
): Promise<void> {
  if (options.from === 'changelog' && options.verify === 'sample')
    throw new CliError(EXIT.usage, 'what is made from the changelog is compared whole: --verify all');
  const context = resolveContext(options.data, env);
  const addresses = need(context, 'postgresUrl', 'mongoUrl', 'kafkaBrokers', 'connectUrl');
  const projection = await loadProjection(options.application, name);
  const others = (await loadProjections(options.application)).filter(
    ({ name: each, stream }) => each !== projection.name && stream === projection.stream,
  );
  const captured = [projection, ...others].flatMap((each) => each.captured);
  const teller = createTeller(process.stderr, options.json);
  const settings: RebuildOptions = {
    ...addresses,
    projection,
    connector: connectorConfig(projection.stream, captured),
    topics: {
      ...DEFAULT_TOPIC_SETTINGS,
      partitions: options.partitions,
      ...(options.replicationFactor && { replicationFactor: options.replicationFactor }),
    },
    rate: options.rate ?? Infinity,
    origin: options.from,
    fresh: options.fresh ?? false,
    keepMs: options.keepOld ?? 0,
    verify: options.verify === 'all' ? { kind: 'all' } : { kind: 'sample', count: SAMPLE },
    logger: createLogger('readside', 'silent'),
    signal: stopOnSignal(
      `stopped; the documents are as they were, and what was copied is kept: the same command goes on, ${ABORT} removes it`,
    ),
    by: env['USER'],
    onNotice: teller.notice,
    onProgress: ({ stage, ...counts }) =>
      teller.progress({ stage: STAGE_TEXTS[stage], ...counts, unit: unitOf(stage) }),
  };
  if (options.abort) {
    const removed = await abandonRebuild(settings);
    process.stdout.write(
      options.json ? `${JSON.stringify({ projection: projection.name, removed })}\n` : left(removed),
    );
    return;
  }
  if (options.dryRun) {
    const plan = await planRebuild(settings);
    process.stdout.write(options.json ? `${JSON.stringify(plan)}\n` : planned(plan));
    if (plan.refused !== null) process.exitCode = EXIT.failed;
    return;
  }
  const report = await rebuild(settings);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : told(report));
  if (report.restarted !== null)
    for (const each of others)
      teller.notice(`${each.name} has missed the same changes: readside rebuild ${each.name}`);
}

function left(removed: number | null): string {
  return removed === null
    ? 'there was nothing to remove\n'
    : `removed ${removed} copied documents; the live ones are as they were\n`;
}

function planned({ projection, restart, topicsMissing, documents, resumed, refused }: RebuildPlan): string {
  return [
    ...(refused === null ? [] : [`would be refused: ${refused}`]),
    ...topicsMissing.map((topic) => `would make the topic ${topic}`),
    restart === null ? 'the stream goes on' : `would start the stream anew: ${restart}`,
    ...(resumed === 0 ? [] : [`would go on: ${resumed} documents are copied already`]),
    `would make ${documents} documents of ${projection} anew, compare them with SQL and swap them in`,
    '',
  ].join('\n');
}

function told({ projection, restarted, topicsMade, copied, resumed, verified, kept }: RebuildReport): string {
  return [
    ...topicsMade.map((topic) => `made the topic ${topic}`),
    ...(restarted === null ? [] : [`started the stream anew: ${restarted}`]),
    `rebuilt ${projection}: ${copied} documents copied${resumed === 0 ? '' : `, ${resumed} of them before`}, ${verified} compared with SQL, all equal`,
    ...(kept ? [`those before are kept: readside rollback ${projection}`] : []),
    '',
  ].join('\n');
}
