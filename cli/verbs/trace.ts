/** `readside trace <id>`: the stages of each new change of a document, with their milliseconds. */
import type { Command } from 'commander';
import { need, resolveContext } from '../context.ts';
import { loadProjection } from '../../services/shared/load-projection.ts';
import { createTeller } from '../progress.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import { describeTraced, sinceCommit } from '../trace/stages.ts';
import { trace } from '../trace/trace.ts';
import { sidesOf, withPlaces } from '../verify/open.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface TraceVerbOptions extends GlobalOptions {
  readonly projection?: string;
  readonly follow: boolean;
  readonly json: boolean;
}

export function addTrace(program: Command, environment: Environment): void {
  program
    .command('trace')
    .argument('<id>', 'of a document')
    .description('wait for its next change, and tell when it was captured, in Kafka, applied and readable')
    .option(
      '--projection <name>',
      'a name in projections/, or a path (default: profile; of an example, what its app.ts says)',
    )
    .option('--follow', 'go on until Ctrl-C', false)
    .option('--json', 'print a line of JSON for each change', false)
    .action(async (id: string, _options: unknown, command: Command) =>
      run(id, command.optsWithGlobals<TraceVerbOptions>(), environment),
    );
}

async function run(id: string, options: TraceVerbOptions, { env }: Environment): Promise<void> {
  const context = resolveContext(options.data, env);
  const addresses = need(context, 'postgresUrl', 'mongoUrl', 'kafkaBrokers');
  const projection = await loadProjection(options.application, options.projection);
  const signal = stopOnSignal('stopped');
  // Where documents are counted, readers see the counts and not the documents.
  const readApiUrl = projection.talliesOf === null ? context.local?.readApiUrl : undefined;
  const { notice } = createTeller(process.stderr, options.json);
  let told = false;
  await withPlaces(addresses, 'readside-trace', (places) =>
    trace(
      {
        ...sidesOf(places, projection, 0, signal),
        readApiUrl,
        token: context.local?.token ?? null,
        onReady() {
          if (!told) notice(`waiting for changes of ${id} …`);
          told = true;
        },
        onChange(change) {
          const line = options.json
            ? JSON.stringify({ ...change, sinceCommit: sinceCommit(change) })
            : describeTraced(change, readApiUrl !== undefined);
          process.stdout.write(`${line}\n`);
          return options.follow;
        },
      },
      id,
    ),
  );
}
