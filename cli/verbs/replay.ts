/** `readside replay <projection> --from <time | earliest | partition:offset,…>`: changes delivered again, which change nothing. */
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { loadProjection } from '../../services/shared/load-projection.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { need, resolveContext } from '../context.ts';
import { createTeller } from '../progress.ts';
import { readReplayFrom } from '../rebuild/replay-places.ts';
import type { ReplayFrom } from '../rebuild/replay-places.ts';
import { replay } from '../rebuild/replay.ts';
import type { ReplayReport } from '../rebuild/replay.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface ReplayVerbOptions extends GlobalOptions {
  readonly json: boolean;
  readonly dryRun: boolean;
  readonly from: ReplayFrom;
}

export function addReplay(program: Command, { env }: Environment): void {
  program
    .command('replay')
    .argument('<projection>', 'its name in projections/, or the path of its file')
    .description('deliver changes again that were applied already: documents stay as they are')
    .requiredOption(
      '--from <place>',
      'a time as 2026-11-26T01:00:00Z, earliest, or offsets as 0:120,3:77',
      toFrom,
    )
    .option('--dry-run', 'say what would be delivered again, and change nothing', false)
    .option('--json', 'print the result as JSON', false)
    .action(async (name: string, _options: unknown, command: Command) => {
      const { data, application, json, dryRun, from } = command.optsWithGlobals<ReplayVerbOptions>();
      const addresses = need(resolveContext(data, env), 'postgresUrl', 'mongoUrl', 'kafkaBrokers');
      const report = await replay({
        ...addresses,
        projection: await loadProjection(application, name),
        from,
        dryRun,
        by: env['USER'],
        logger: createLogger('readside', 'silent'),
        signal: stopOnSignal('stopped: the projectors go on where they stood, or where the replay begins'),
        onNotice: createTeller(process.stderr, json).notice,
      });
      process.stdout.write(json ? `${JSON.stringify(report)}\n` : told(report, dryRun));
    });
}

function toFrom(text: string): ReplayFrom {
  const from = readReplayFrom(text);
  if (from === null)
    throw new InvalidArgumentError('It must be a time as 2026-11-26T01:00:00Z, earliest, or 0:120,3:77.');
  return from;
}

function told({ projection, places, again }: ReplayReport, dryRun: boolean): string {
  if (again === 0) return `${projection}: there is nothing to deliver again\n`;
  const lines = places
    .filter(({ begin, committed }) => begin < committed)
    .map(({ partition, begin, committed }) => `  partition ${partition}: from ${begin} to ${committed}\n`);
  const what = `${again} changes, markers among them, ${dryRun ? 'would be' : 'are'} delivered again; no document is different afterwards`;
  return `${projection}: ${what}\n${lines.join('')}`;
}
