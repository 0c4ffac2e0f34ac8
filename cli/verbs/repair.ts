/** `readside repair <id …>`: documents made anew from the source, while everything goes on. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { requireView } from '../../services/shared/verify/source-documents.ts';
import { beginAct } from '../audit.ts';
import { need, resolveContext } from '../context.ts';
import { EXIT } from '../exit.ts';
import { oneProjection } from '../one-projection.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import { sidesOf, withPlaces } from '../verify/open.ts';
import { repairDocuments } from '../verify/repair.ts';
import { describeRepair } from '../verify/screens.ts';
import { positiveInteger } from './arguments.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface RepairVerbOptions extends GlobalOptions {
  readonly projection?: string;
  readonly wait: number;
  readonly json: boolean;
}

export function addRepair(program: Command, environment: Environment): void {
  program
    .command('repair')
    .argument('<id...>', 'ids of documents')
    .description(
      'make documents anew from the source, fenced like every save; ends their quarantine; exit 1 when one is not',
    )
    .option('--projection <name>', 'where there are several')
    .option('--wait <seconds>', 'for the stream to catch up, before it is given up', positiveInteger, 30)
    .option('--json', 'print the result as JSON', false)
    .action(async (ids: readonly string[], _options: unknown, command: Command) =>
      repair(ids, command.optsWithGlobals<RepairVerbOptions>(), environment),
    );
}

async function repair(
  ids: readonly string[],
  options: RepairVerbOptions,
  { env }: Environment,
): Promise<void> {
  const addresses = need(
    resolveContext(resolve(options.data), env),
    'postgresUrl',
    'mongoUrl',
    'kafkaBrokers',
  );
  const projection = await oneProjection(options.projection);
  const signal = stopOnSignal('stopped; what was repaired until then is repaired');
  const by = env['USER'];
  const repairs = await withPlaces(addresses, 'readside-repair', async (places) => {
    await requireView(places.pool, projection);
    const act = { act: 'repair', of: ids, ...(by && { by }) } as const;
    const done = await beginAct(places.db, projection.name, act);
    const sides = sidesOf(places, projection, options.wait * 1000, signal);
    const each = await repairDocuments({ ...sides, signal }, ids);
    const failing = each.filter(({ outcome }) => outcome === 'undecided').length;
    await done({ healed: each.length - failing, failing, applied: 0, discarded: 0 });
    return each;
  });
  process.stdout.write(
    options.json
      ? `${JSON.stringify(repairs)}\n`
      : repairs.map((each) => `${describeRepair(each)}\n`).join(''),
  );
  if (repairs.some(({ outcome }) => outcome === 'undecided')) process.exitCode = EXIT.failed;
}
