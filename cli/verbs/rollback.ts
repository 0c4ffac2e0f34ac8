/** `readside rollback <projection>`: the documents that the last rebuild has replaced and kept, put back. */
import type { Command } from 'commander';
import { loadProjection } from '../../services/shared/load-projection.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { need, resolveContext } from '../context.ts';
import { createTeller } from '../progress.ts';
import { rollback } from '../rebuild/rollback.ts';
import type { RollbackReport } from '../rebuild/rollback.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface RollbackVerbOptions extends GlobalOptions {
  readonly json: boolean;
  readonly dryRun: boolean;
}

export function addRollback(program: Command, { env }: Environment): void {
  program
    .command('rollback')
    .argument('<projection>', 'its name in projections/, or the path of its file')
    .description('put back the documents that a rebuild with --keep-old has replaced; readers go on')
    .option('--dry-run', 'say what would be put back, and change nothing', false)
    .option('--json', 'print the result as JSON', false)
    .action(async (name: string, _options: unknown, command: Command) => {
      const { data, application, json, dryRun } = command.optsWithGlobals<RollbackVerbOptions>();
      const context = resolveContext(data, env);
      const addresses = need(context, 'postgresUrl', 'mongoUrl', 'kafkaBrokers');
      const report = await rollback({
        ...addresses,
        projection: await loadProjection(application, name),
        dryRun,
        logger: createLogger('readside', 'silent'),
        signal: stopOnSignal('stopped: the same command does what is left'),
        by: env['USER'],
        onNotice: createTeller(process.stderr, json).notice,
      });
      process.stdout.write(json ? `${JSON.stringify(report)}\n` : told(report));
    });
}

function told({ projection, version, from, replacedAt, milliseconds }: RollbackReport): string {
  const versions = version === from ? '' : `, of version ${version} instead of ${from}`;
  const what = `documents of ${projection} from before ${replacedAt.toISOString()}${versions}`;
  return milliseconds === null
    ? `would put back the ${what}\n`
    : `put back the ${what}: in place after ${milliseconds} ms\n`;
}
