/** `readside plan <projection>` and `readside apply <projection>`: what a changed definition means for the documents, and doing it. */
import type { Command } from 'commander';
import { loadProjection } from '../../services/shared/load-projection.ts';
import { need, resolveContext } from '../context.ts';
import { EXIT } from '../exit.ts';
import { planDefinition } from '../plan/plan-definition.ts';
import type { DefinitionPlan } from '../plan/plan-definition.ts';
import { describePlan } from '../plan/screen.ts';
import { createTeller } from '../progress.ts';
import { withPlaces } from '../verify/open.ts';
import type { Environment, GlobalOptions } from './environment.ts';
import { addRebuildOptions, runRebuild } from './rebuild.ts';
import type { RebuildVerbOptions } from './rebuild.ts';

export function addPlan(program: Command, environment: Environment): void {
  program
    .command('plan')
    .argument('<projection>', 'its name in projections/, or the path of its file')
    .description(
      'compare the definition in the code with the one that the documents were built by; exit 3 when apply is needed',
    )
    .option('--json', 'print the plan as JSON', false)
    .action(async (name: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly json: boolean }>();
      const plan = await planOf(name, options, environment);
      process.stdout.write(options.json ? `${JSON.stringify(plan)}\n` : describePlan(plan));
      if (plan.needs === 'refused') process.exitCode = EXIT.failed;
      else if (plan.needs === 'rebuild') process.exitCode = EXIT.behind;
    });
  addRebuildOptions(
    program
      .command('apply')
      .argument('<projection>', 'its name in projections/, or the path of its file')
      .description(
        'do what plan says: where documents are to be different, a rebuild by the definition in the code',
      ),
  ).action(async (name: string, _options: unknown, command: Command) => {
    const options = command.optsWithGlobals<RebuildVerbOptions>();
    const plan = await planOf(name, options, environment);
    const { notice } = createTeller(process.stderr, options.json);
    if (plan.needs === 'rebuild' || plan.needs === 'refused') notice(describePlan(plan).trimEnd());
    if (plan.needs === 'rebuild') await runRebuild(name, options, environment);
    else if (plan.needs === 'refused') process.exitCode = EXIT.failed;
    else process.stdout.write(options.json ? `${JSON.stringify(plan)}\n` : describePlan(plan));
  });
}

async function planOf(
  name: string,
  { data, application }: GlobalOptions,
  { env }: Environment,
): Promise<DefinitionPlan> {
  const addresses = need(resolveContext(data, env), 'postgresUrl', 'mongoUrl', 'kafkaBrokers');
  const projection = await loadProjection(application, name);
  return withPlaces(addresses, 'readside-plan', ({ db }) => planDefinition(db, projection));
}
