/** `readside dlq list | show | retry | discard | audit`: what could not be applied, and what becomes of it. */
import type { Command } from 'commander';
import { openUnkeyed, unkeyedRecords } from '../../services/shared/dead-letters/unkeyed.ts';
import type { Letter } from '../../services/shared/dead-letters/letter.ts';
import { need, resolveContext } from '../context.ts';
import { beginAct, readAudit } from '../audit.ts';
import { discardUnkeyed, findByFirst } from '../dlq/discard.ts';
import { loadProjection } from '../../services/shared/load-projection.ts';
import { withQuarantine } from '../dlq/open.ts';
import type { Quarantine } from '../dlq/open.ts';
import { documentOfLetter } from '../../services/projector/replay-letters.ts';
import { retryDocuments } from '../dlq/retry.ts';
import type { RetryOutcome } from '../../services/shared/dead-letters/retry-outcome.ts';
import { describeAudit, describeLetter, describeOutcome, toJsonLetter } from '../dlq/screens.ts';
import { CliError, EXIT } from '../exit.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface DlqOptions extends GlobalOptions {
  readonly json: boolean;
  readonly projection?: string;
  readonly user?: string;
  readonly letter?: string;
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function addDlq(program: Command, environment: Environment): void {
  const group = program.command('dlq').description('look at changes in quarantine, retry or discard them');
  const add = (verb: string, description: string): Command =>
    group
      .command(verb)
      .description(description)
      .option(
        '--projection <name>',
        'a name in projections/, or a path (default: profile; of an example, what its app.ts says)',
      )
      .option('--json', 'print the result as JSON', false);
  const act =
    (work: (quarantine: Quarantine, options: DlqOptions, by: string) => Promise<void>) =>
    async (...args: readonly unknown[]): Promise<void> => {
      const options = (args.at(-1) as Command).optsWithGlobals<DlqOptions>();
      const addresses = need(resolveContext(options.data, environment.env), 'mongoUrl', 'kafkaBrokers');
      const projection = await loadProjection(options.application, options.projection);
      const by = environment.env['USER'] ?? '';
      await withQuarantine(addresses, projection, (quarantine) => work(quarantine, options, by));
    };

  add('list', 'documents in quarantine, and changes that name no document').action(act(list));
  add('show <id>', 'the changes of one document, and why').action(async (id: string, ...rest: unknown[]) =>
    act((quarantine, options) => show(quarantine, options, id))(...rest),
  );
  add('retry', 'apply them again, in order; exit 1 when some still fail')
    .option('--user <id>', 'only this document')
    .option('--all', 'every document')
    .option('--dry-run', 'say what would be different, and write nothing', false)
    .action(act(retry));
  add('discard', 'pass over the change that fails, and apply those after it')
    .option('--user <id>', 'the first change of this document')
    .option('--letter <partition:offset>', 'this change: the first of a document, or one that names none')
    .option('--yes', 'needed: what the change would have done is not in the document', false)
    .action(act(discard));
  add('audit', 'who retried, discarded and repaired what').action(act(audit));
}

async function list(quarantine: Quarantine, { json }: DlqOptions): Promise<void> {
  const { db, projection } = quarantine;
  const documents = (await quarantine.marked()).flatMap(({ _id, _sync }) =>
    _sync.quarantine ? [{ id: _id, phase: _sync.phase, ..._sync.quarantine }] : [],
  );
  const records = await unkeyedRecords(db).find(openUnkeyed(projection.name)).sort({ since: 1 }).toArray();
  const unkeyed = records.map(({ partition, offset, since, error }) => ({ partition, offset, since, error }));
  print(json, { documents, unkeyed }, [
    ...documents.map(
      ({ id, since, first, changes, error }) =>
        `${id}  ${changes} changes since ${since.toISOString()} from ${first.partition}:${first.offset}: ${error}`,
    ),
    ...unkeyed.map(
      ({ partition, offset, since, error }) =>
        `${partition}:${offset} names no document, ${since.toISOString()}: ${error}`,
    ),
    ...(documents.length + unkeyed.length === 0 ? ['nothing is in quarantine'] : []),
  ]);
}

async function show(quarantine: Quarantine, { json }: DlqOptions, id: string): Promise<void> {
  const mark = (await quarantine.store.load([id])).get(id)?._sync.quarantine;
  if (!mark) throw new CliError(EXIT.usage, `${id} is not in quarantine`);
  const byPosition = new Map<number, Letter>();
  const isOf = (letter: Letter): boolean =>
    letter.partition === mark.first.partition &&
    letter.offset >= mark.first.offset &&
    documentOfLetter(quarantine.projection, letter) === id;
  for (const letter of await quarantine.letters(isOf)) byPosition.set(letter.offset, letter);
  const letters = [...byPosition.values()].toSorted((a, b) => a.offset - b.offset);
  print(json, { id, ...mark, letters: letters.map(toJsonLetter) }, letters.flatMap(describeLetter));
}

async function retry(quarantine: Quarantine, options: DlqOptions, by: string): Promise<void> {
  const { user, all = false, dryRun = false, json } = options;
  if ((user === undefined) === !all) throw new CliError(EXIT.usage, 'either --user <id> or --all');
  const ids = user === undefined ? (await quarantine.marked()).map(({ _id }) => _id) : [user];
  if (dryRun || ids.length === 0) {
    const outcomes = await retryDocuments(quarantine, ids, { dryRun, dropFirst: false });
    return report(outcomes, json, dryRun);
  }
  const { db, projection } = quarantine;
  const done = await beginAct(db, projection.name, { act: 'retry', of: ids, ...(by && { by }) });
  const outcomes = await retryDocuments(quarantine, ids, { dryRun, dropFirst: false });
  await done(summaryOf(outcomes, 0));
  report(outcomes, json, dryRun);
}

async function discard(quarantine: Quarantine, options: DlqOptions, by: string): Promise<void> {
  const { user, letter, yes = false, json } = options;
  if ((user === undefined) === (letter === undefined))
    throw new CliError(EXIT.usage, 'either --user <id> or --letter <partition:offset>');
  if (!yes)
    throw new CliError(EXIT.usage, 'the change will be in no document: say --yes if that is what you want');
  const id = user ?? (await findByFirst(quarantine, letter ?? ''));
  const { db, projection } = quarantine;
  const of = [id ?? letter ?? ''];
  if (id === null) {
    const done = await beginAct(db, projection.name, { act: 'discard', of, ...(by && { by }) });
    await discardUnkeyed(quarantine, letter ?? '');
    await done({ healed: 0, failing: 0, applied: 0, discarded: 1 });
    print(json, [], [`${letter} is discarded`]);
    return;
  }
  if (!(await quarantine.store.load([id])).get(id)?._sync.quarantine)
    throw new CliError(EXIT.usage, `${id} is not in quarantine`);
  const done = await beginAct(db, projection.name, { act: 'discard', of, ...(by && { by }) });
  const outcomes = await retryDocuments(quarantine, [id], { dryRun: false, dropFirst: true });
  await done(summaryOf(outcomes, 1));
  report(outcomes, json, false);
}

async function audit({ db, projection }: Quarantine, { json }: DlqOptions): Promise<void> {
  const lines = await readAudit(db, projection.name);
  print(json, lines, lines.map(describeAudit));
}

function summaryOf(outcomes: readonly RetryOutcome[], discarded: number) {
  return {
    healed: outcomes.filter(({ state }) => state === 'healed').length,
    failing: outcomes.filter(({ state }) => state === 'failing').length,
    applied: outcomes.reduce((sum, { applied }) => sum + applied, 0),
    discarded,
  };
}

function report(outcomes: readonly RetryOutcome[], json: boolean, dryRun: boolean): void {
  const nothing = outcomes.length === 0 ? ['nothing is in quarantine'] : [];
  print(json, outcomes, [...outcomes.flatMap((each) => describeOutcome(each, dryRun)), ...nothing]);
  if (outcomes.some(({ state }) => state === 'failing')) process.exitCode = EXIT.failed;
}

function print(json: boolean, result: unknown, lines: readonly string[]): void {
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : lines.map((line) => `${line}\n`).join(''));
}
