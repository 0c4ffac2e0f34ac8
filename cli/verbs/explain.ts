/** `readside explain <id>`: where each value of a document came from, what was passed over, and whether it is right. */
import type { Command } from 'commander';
import { explain } from '../../services/projector/explain/explain.ts';
import { stringifyLossless } from '../../services/shared/lossless-json.ts';
import { EXIT } from '../exit.ts';
import { describeExplained } from '../verify/explained-screen.ts';
import { withSides } from '../verify/open.ts';
import type { SidesOptions } from '../verify/open.ts';
import { positiveInteger } from './arguments.ts';
import type { Environment } from './environment.ts';

interface ExplainVerbOptions extends SidesOptions {
  readonly json: boolean;
}

export function addExplain(program: Command, environment: Environment): void {
  program
    .command('explain')
    .argument('<id>', 'of a document')
    .description(
      'where each value came from, what was passed over and why, and whether it is what SQL says; exit 1 when it is not',
    )
    .option(
      '--projection <name>',
      'a name in projections/, or a path (default: profile; of an example, what its app.ts says)',
    )
    .option('--wait <seconds>', 'for the stream to catch up, before it cannot be told', positiveInteger, 30)
    .option('--json', 'print the result as JSON', false)
    .action(async (id: string, _options: unknown, command: Command) =>
      run(id, command.optsWithGlobals<ExplainVerbOptions>(), environment),
    );
}

async function run(id: string, options: ExplainVerbOptions, environment: Environment): Promise<void> {
  const explained = await withSides(
    options,
    environment,
    'readside-explain',
    'stopped; nothing was changed',
    (sides) => explain(sides, id),
  );
  process.stdout.write(options.json ? `${stringifyLossless(explained)}\n` : describeExplained(explained));
  const { state } = explained.source;
  if (state === 'wrong') process.exitCode = EXIT.failed;
  if (state === 'undecided') process.exitCode = EXIT.behind;
}
