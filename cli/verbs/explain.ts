/** `readside explain <id>`: where each value of a document came from, what was passed over, and whether it is right. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { explain } from '../../services/projector/explain/explain.ts';
import { requireView } from '../../services/shared/verify/source-documents.ts';
import { need, resolveContext } from '../context.ts';
import { EXIT } from '../exit.ts';
import { oneProjection } from '../one-projection.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import { describeExplained } from '../verify/explained-screen.ts';
import { sidesOf, withPlaces } from '../verify/open.ts';
import { positiveInteger } from './arguments.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface ExplainVerbOptions extends GlobalOptions {
  readonly projection?: string;
  readonly wait: number;
  readonly json: boolean;
}

export function addExplain(program: Command, environment: Environment): void {
  program
    .command('explain')
    .argument('<id>', 'of a document')
    .description(
      'where each value came from, what was passed over and why, and whether it is what SQL says; exit 1 when it is not',
    )
    .option('--projection <name>', 'where there are several')
    .option('--wait <seconds>', 'for the stream to catch up, before it cannot be told', positiveInteger, 30)
    .option('--json', 'print the result as JSON', false)
    .action(async (id: string, _options: unknown, command: Command) =>
      run(id, command.optsWithGlobals<ExplainVerbOptions>(), environment),
    );
}

async function run(id: string, options: ExplainVerbOptions, { env }: Environment): Promise<void> {
  const addresses = need(
    resolveContext(resolve(options.data), env),
    'postgresUrl',
    'mongoUrl',
    'kafkaBrokers',
  );
  const projection = await oneProjection(options.projection);
  const signal = stopOnSignal('stopped; nothing was changed');
  const explained = await withPlaces(addresses, 'readside-explain', async (places) => {
    await requireView(places.pool, projection);
    return explain({ ...sidesOf(places, projection, options.wait * 1000, signal), signal }, id);
  });
  process.stdout.write(options.json ? `${JSON.stringify(explained)}\n` : describeExplained(explained));
  const { state } = explained.source;
  if (state === 'wrong') process.exitCode = EXIT.failed;
  if (state === 'undecided') process.exitCode = EXIT.behind;
}
