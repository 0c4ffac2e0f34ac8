/** `readside find <text>`: which document is meant, by its id or by what documents are looked up by. */
import type { Filter } from 'mongodb';
import type { Command } from 'commander';
import { canonicalId } from '../../services/shared/canonical-id.ts';
import { foldCase } from '../../services/shared/projection/queries.ts';
import type { Lookup } from '../../services/shared/projection/queries.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { sourceOf } from '../../services/shared/verify/source-documents.ts';
import { CliError, EXIT } from '../exit.ts';
import { withSides } from '../verify/open.ts';
import type { OpenSides } from '../verify/open.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface FindOptions extends GlobalOptions {
  readonly projection?: string;
  readonly json: boolean;
}

interface Found {
  readonly id: string;
  /** `id`, or the lookup that it was found by. */
  readonly by: string;
  /** null: SQL knows it, and there is no document. */
  readonly phase: string | null;
}

export function addFind(program: Command, environment: Environment): void {
  program
    .command('find')
    .argument('<text>', 'an id, or a value that documents are looked up by, like an email address')
    .description('the document that is meant; exit 2 when there is none')
    .option(
      '--projection <name>',
      'a name in projections/, or a path (default: profile; of an example, what its app.ts says)',
    )
    .option('--json', 'print the result as JSON', false)
    .action(async (text: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<FindOptions>();
      const found = await withSides(
        { ...options, wait: 0 },
        environment,
        'readside-find',
        'stopped',
        (sides) => find(sides, text),
      );
      if (!found) throw new CliError(EXIT.usage, `no document has the id or the lookup ${text}`);
      process.stdout.write(
        options.json
          ? `${JSON.stringify(found)}\n`
          : `${found.id}  ${found.phase ?? 'no document'}  found by ${found.by}\n`,
      );
    });
}

async function find(sides: OpenSides, text: string): Promise<Found | null> {
  const { documents, projection, pool } = sides;
  const id = canonicalId(text);
  const stored = await documents.findOne({ _id: id });
  if (stored) return { id, by: 'id', phase: stored._sync.phase };
  for (const lookup of projection.lookups) {
    const found = await documents.findOne(holding(lookup, text), { sort: { '_sync.lsn': -1 } });
    if (found) return { id: found._id, by: lookup.parameter, phase: found._sync.phase };
  }
  const isKnown = (await sourceOf(pool, projection, [id])).has(id);
  return isKnown ? { id, by: 'id', phase: null } : null;
}

/** Live ones: a value that moved is with the one that was changed last. */
function holding({ field, foldedKey }: Lookup, text: string): Filter<StoredDocument> {
  const value = foldedKey === null ? { [field]: text } : { [`_keys.${foldedKey}`]: foldCase(text) };
  return { ...value, '_sync.phase': 'live' };
}
