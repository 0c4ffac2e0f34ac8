/** Every verb of the `readside` command, with its arguments and options. Each verb is a file in verbs/. */
import { Command } from 'commander';
import { chosenApplication } from './chosen-application.ts';
import type { Choice } from './chosen-application.ts';
import { EXIT, EXIT_MEANINGS } from './exit.ts';
import type { Environment } from './verbs/environment.ts';

type AddVerb = (program: Command, environment: Environment) => void;

/** In the order in which --help lists them. A verb's code is loaded when it is the one that is run: all of it takes seconds. */
const VERBS: Readonly<Record<string, () => Promise<AddVerb>>> = {
  up: async () => (await import('./verbs/up.ts')).addUp,
  down: async () => (await import('./verbs/down.ts')).addDown,
  status: async () => (await import('./verbs/status.ts')).addStatus,
  doctor: async () => (await import('./verbs/doctor.ts')).addDoctor,
  check: async () => (await import('./verbs/check.ts')).addCheck,
  migrate: async () => (await import('./verbs/migrate.ts')).addMigrate,
  register: async () => (await import('./verbs/register.ts')).addRegister,
  acls: async () => (await import('./verbs/acls.ts')).addAcls,
  connectors: async () => (await import('./verbs/connectors.ts')).addConnectors,
  dlq: async () => (await import('./verbs/dlq.ts')).addDlq,
  verify: async () => (await import('./verbs/verify.ts')).addVerify,
  repair: async () => (await import('./verbs/repair.ts')).addRepair,
  explain: async () => (await import('./verbs/explain.ts')).addExplain,
  find: async () => (await import('./verbs/find.ts')).addFind,
  history: async () => (await import('./verbs/history.ts')).addHistory,
  trace: async () => (await import('./verbs/trace.ts')).addTrace,
  rebuild: async () => (await import('./verbs/rebuild.ts')).addRebuild,
  rollback: async () => (await import('./verbs/rollback.ts')).addRollback,
  replay: async () => (await import('./verbs/replay.ts')).addReplay,
  plan: async () => (await import('./verbs/plan.ts')).addPlan,
  projections: async () => (await import('./verbs/projections.ts')).addProjections,
  new: async () => (await import('./verbs/new.ts')).addNew,
  erase: async () => (await import('./verbs/erase.ts')).addErase,
  token: async () => (await import('./verbs/token.ts')).addToken,
};

export async function createProgram(environment: Environment, args: readonly string[]): Promise<Command> {
  const program = new Command('readside')
    .description('Keeps read models in MongoDB equal to tables in Postgres, by change data capture.')
    .configureHelp({ showGlobalOptions: true })
    .option(
      '--example <name>',
      'the application that is meant: one in examples/, or the path of a folder (default: whose data the data folder holds, else profile)',
    )
    .option(
      '--data <folder>',
      'data folder of the local system (default: .readside; of an example, .readside/examples/<name>)',
    )
    .hook('preAction', async (whole) => {
      const chosen = await chosenApplication(whole.opts<Choice>(), environment);
      for (const [name, value] of Object.entries(chosen)) whole.setOptionValue(name, value);
    })
    .exitOverride()
    .showHelpAfterError('(--help shows the options)')
    .addHelpText(
      'after',
      `
  ${exitCodes()}
  Without a local system, addresses come from DATABASE_URL, MONGODB_URL, KAFKA_BROKERS and CONNECT_URL.
  READSIDE_EXAMPLE and READSIDE_DATA say what --example and --data do.`,
    );

  const named = Object.entries(VERBS).filter(([verb]) => args.includes(verb));
  for (const [, load] of named.length > 0 ? named : Object.entries(VERBS))
    (await load())(program, environment);
  return program;
}

function exitCodes(): string {
  const meanings: Readonly<Record<string, string>> = EXIT_MEANINGS;
  const lines = Object.entries(EXIT).map(([name, code]) => `${code} ${meanings[name]}`);
  return `Exit codes: ${lines.join('\n              ')}`;
}
