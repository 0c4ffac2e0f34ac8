/** `readside repair <id …>`: documents made anew from the source, while everything goes on. */
import type { Command } from 'commander';
import { EXIT } from '../exit.ts';
import { mendAudited, repairAudited } from '../verify/audited-repair.ts';
import { withSides } from '../verify/open.ts';
import type { SidesOptions } from '../verify/open.ts';
import { describeRepair } from '../verify/screens.ts';
import { positiveInteger } from './arguments.ts';
import type { Environment } from './environment.ts';

interface RepairVerbOptions extends SidesOptions {
  readonly json: boolean;
}

export function addRepair(program: Command, environment: Environment): void {
  program
    .command('repair')
    .argument('<id...>', 'ids of documents')
    .description(
      'make documents anew from the source, fenced like every save; ends their quarantine; exit 1 when one is not',
    )
    .option(
      '--projection <name>',
      'a name in projections/, or a path (default: profile; of an example, what its app.ts says)',
    )
    .option('--wait <seconds>', 'for the stream to catch up, before it is given up', positiveInteger, 30)
    .option('--json', 'print the result as JSON', false)
    .action(async (ids: readonly string[], _options: unknown, command: Command) =>
      repair(ids, command.optsWithGlobals<RepairVerbOptions>(), environment),
    );
}

async function repair(
  ids: readonly string[],
  options: RepairVerbOptions,
  environment: Environment,
): Promise<void> {
  const repairs = await withSides(
    options,
    environment,
    'readside-repair',
    'stopped; what was repaired until then is repaired',
    async (sides) => {
      const done = await repairAudited(sides, ids, environment.env['USER']);
      await mendAudited(sides, environment.env['USER']);
      return done;
    },
  );
  process.stdout.write(
    options.json
      ? `${JSON.stringify(repairs)}\n`
      : repairs.map((each) => `${describeRepair(each)}\n`).join(''),
  );
  if (repairs.some(({ outcome }) => outcome === 'undecided')) process.exitCode = EXIT.failed;
}
