/** `readside history <id>`: what a document was after each of its changes, from the read model that keeps its past. */
import type { Command } from 'commander';
import { historyPage } from '../../services/read-api/history/history-page.ts';
import { canonicalId } from '../../services/shared/canonical-id.ts';
import { loadProjection, loadProjections } from '../../services/shared/load-projection.ts';
import { parseLossless, stringifyLossless } from '../../services/shared/lossless-json.ts';
import { statesBack } from '../../services/shared/projection/past.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { contentToJson } from '../../services/shared/stored-document.ts';
import { CliError, EXIT } from '../exit.ts';
import { knownOf } from '../known-document.ts';
import { withSides } from '../verify/open.ts';
import type { OpenSides } from '../verify/open.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface HistoryOptions extends GlobalOptions {
  readonly projection?: string;
  readonly json: boolean;
}

interface Past {
  /** Newest first. */
  readonly items: readonly PastItem[];
  /** From when on it is whole; null: nothing is known. */
  readonly since: string | null;
  readonly fromCreation: boolean;
}

interface PastItem {
  readonly number: number;
  readonly kind: string;
  readonly at: string;
  readonly by: string | null;
  readonly position: string | null;
  readonly changes: ReadonlyArray<{ readonly path: string }>;
  /** As it was after this change. */
  readonly document: unknown;
}

export function addHistory(program: Command, environment: Environment): void {
  program
    .command('history')
    .argument('<id>', 'of a document')
    .description('what was changed, when and by whom, and the document as it was after each change')
    .option(
      '--projection <name>',
      'a name in projections/, or a path (default: profile; of an example, what its app.ts says)',
    )
    .option('--json', 'print the result as JSON', false)
    .action(async (id: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<HistoryOptions>();
      const keeper = await keeperOf(options);
      const past = await withSides(
        { ...options, projection: keeper.name, wait: 0 },
        environment,
        'readside-history',
        'stopped',
        (sides) => pastOf(sides, canonicalId(id)),
      );
      process.stdout.write(options.json ? `${stringifyLossless(past)}\n` : past.items.map(describe).join(''));
    });
}

/** @throws CliError where no read model keeps the past of these documents. */
async function keeperOf({ application, projection }: HistoryOptions): Promise<Projection> {
  const asked = await loadProjection(application, projection);
  const all = [asked, ...(await loadProjections(application))];
  const keeper = all.find(({ definition: { history } }) => history?.of === asked.resource);
  if (asked.definition.history) return asked;
  if (keeper) return keeper;
  throw new CliError(EXIT.usage, `no read model keeps the history of ${asked.name}`);
}

async function pastOf({ documents, projection }: OpenSides, id: string): Promise<Past> {
  const stored = await documents.findOne({ _id: id, '_sync.phase': 'live' });
  const known = stored && knownOf(stored);
  if (!known?.history)
    throw new CliError(EXIT.usage, `${projection.name} has no history of a document ${id}`);
  const { content, history } = known;
  const states = [...statesBack(projection.definition, content, history)];
  const page = parseLossless(historyPage(history, null, Infinity).body) as Past;
  const items = page.items.map((item, at) => {
    const state = states[at];
    return { ...item, document: state ? parseLossless(contentToJson(projection, id, state.content)) : null };
  });
  return { ...page, items };
}

function describe({ number, kind, at, by, position, changes }: PastItem): string {
  const what = changes.map(({ path }) => path).join(', ');
  return `${number}  ${at}  ${kind}${by === null ? '' : ` by ${by}`}${position === null ? '' : `  ${position}`}  ${what}\n`;
}
