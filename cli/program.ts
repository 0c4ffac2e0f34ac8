/** Every verb of the `readside` command, with its arguments and options. Each verb is a file in verbs/. */
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { addCheck } from './verbs/check.ts';
import { addConnectors } from './verbs/connectors.ts';
import { addDlq } from './verbs/dlq.ts';
import { addDown } from './verbs/down.ts';
import { addExplain } from './verbs/explain.ts';
import { addMigrate } from './verbs/migrate.ts';
import { addProjections } from './verbs/projections.ts';
import { addRebuild } from './verbs/rebuild.ts';
import { addRepair } from './verbs/repair.ts';
import { addPlan } from './verbs/plan.ts';
import { addRegister } from './verbs/register.ts';
import { addReplay } from './verbs/replay.ts';
import { addRollback } from './verbs/rollback.ts';
import { addStatus } from './verbs/status.ts';
import { addTrace } from './verbs/trace.ts';
import { addVerify } from './verbs/verify.ts';
import { addUp } from './verbs/up.ts';
import type { Environment } from './verbs/environment.ts';

export function createProgram(environment: Environment): Command {
  const program = new Command('readside')
    .description('Keeps read models in MongoDB equal to tables in Postgres, by change data capture.')
    .configureHelp({ showGlobalOptions: true })
    .option(
      '--data <folder>',
      'data folder of the local system',
      environment.env['READSIDE_DATA'] ?? fileURLToPath(new URL('../.readside', import.meta.url)),
    )
    .exitOverride()
    .showHelpAfterError('(--help shows the options)')
    .addHelpText(
      'after',
      `
  Exit codes: 0 done · 1 failed · 2 wrong arguments or configuration · 3 not up to date (status) · 130 interrupted
  Without a local system, addresses come from DATABASE_URL, MONGODB_URL, KAFKA_BROKERS and CONNECT_URL.`,
    );

  addUp(program, environment);
  addDown(program);
  addStatus(program, environment);
  addCheck(program, environment);
  addMigrate(program, environment);
  addRegister(program, environment);
  addConnectors(program, environment);
  addDlq(program, environment);
  addVerify(program, environment);
  addRepair(program, environment);
  addExplain(program, environment);
  addTrace(program, environment);
  addRebuild(program, environment);
  addRollback(program, environment);
  addReplay(program, environment);
  addPlan(program, environment);
  addProjections(program, environment);
  return program;
}
