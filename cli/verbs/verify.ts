/** `readside verify`: are the documents what SQL says? And what is not is named, and on request made anew. */
import type { Command } from 'commander';
import { loadProjection } from '../../services/shared/load-projection.ts';
import { compareCounts } from '../../services/shared/tallies/compare-counts.ts';
import type { WrongCount } from '../../services/shared/tallies/compare-counts.ts';
import { countSource, requireView } from '../../services/shared/verify/source-documents.ts';
import {
  countsOf,
  verificationId,
  verificationRecords,
} from '../../services/shared/verify/verification-record.ts';
import { verifyDocuments } from '../../services/shared/verify/verify-documents.ts';
import type { Scope, Verification } from '../../services/shared/verify/verify-documents.ts';
import { need, resolveContext } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { createTeller } from '../progress.ts';
import { startedProjections } from '../started-projections.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import { mendAudited, repairAudited } from '../verify/audited-repair.ts';
import { sidesOf, withPlaces } from '../verify/open.ts';
import type { OpenSides } from '../verify/open.ts';
import type { Repair } from '../verify/repair.ts';
import {
  describeCount,
  describeDrift,
  describeRepair,
  summaryOf,
  summaryOfCounts,
} from '../verify/screens.ts';
import { positiveInteger } from './arguments.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface VerifyVerbOptions extends GlobalOptions {
  readonly sample?: number;
  readonly all: boolean;
  readonly user?: string;
  readonly repair: boolean;
  readonly rate: number;
  readonly wait: number;
  readonly json: boolean;
}

const DEFAULT_SAMPLE = 1000;
/** Of either side. So readers feel little of it (bench/rebuild.ts). */
const DEFAULT_RATE = 4000;

export function addVerify(program: Command, environment: Environment): void {
  program
    .command('verify')
    .argument('[projection]', 'only this one: a name in projections/, or a path')
    .description(
      'compare documents with SQL while everything goes on; exit 1 when one is wrong, 3 when it cannot be told',
    )
    .option('--sample <n>', `so many by chance (the default: ${DEFAULT_SAMPLE})`, positiveInteger)
    .option('--all', 'every document', false)
    .option('--user <id>', 'this document')
    .option('--repair', 'make anew what is wrong, and look again', false)
    .option('--rate <n>', 'documents a second, at most', positiveInteger, DEFAULT_RATE)
    .option('--wait <seconds>', 'for the stream to catch up, before it cannot be told', positiveInteger, 30)
    .option('--json', 'print the result as JSON', false)
    .action(async (name: string | undefined, _options: unknown, command: Command) =>
      verify(name, command.optsWithGlobals<VerifyVerbOptions>(), environment),
    );
}

interface Found extends Verification {
  /** Counts that are not what the documents say; null: none were compared. */
  readonly counts: readonly WrongCount[] | null;
}

interface Result extends Found {
  readonly projection: string;
  readonly repairs: readonly Repair[];
  readonly mended: readonly WrongCount[];
}

interface Verified {
  /** What is told: as it was found, and what was done. */
  readonly result: Result;
  /** How it stands now, which is what the exit code says. */
  readonly now: Found;
}

async function verify(
  name: string | undefined,
  options: VerifyVerbOptions,
  { env }: Environment,
): Promise<void> {
  const scope = scopeOf(options);
  const context = resolveContext(options.data, env);
  const addresses = need(context, 'postgresUrl', 'mongoUrl', 'kafkaBrokers');
  const projections =
    name === undefined
      ? await startedProjections(options.application, context.local, addresses.mongoUrl)
      : [await loadProjection(options.application, name)];
  const signal = stopOnSignal('stopped; what was repaired until then is repaired');
  const results = await withPlaces(addresses, 'readside-verify', async (places) => {
    const each: Verified[] = [];
    for (const projection of projections)
      each.push(
        await verifyOne(
          sidesOf(places, projection, options.wait * 1000, signal),
          scope,
          options,
          env['USER'],
        ),
      );
    return each;
  });
  if (options.json) process.stdout.write(`${JSON.stringify(results.map(({ result }) => result))}\n`);
  else for (const { result } of results) process.stdout.write(screen(result));
  if (results.some(({ now }) => now.wrong.length > 0 || (now.counts ?? []).length > 0))
    process.exitCode = EXIT.failed;
  else if (results.some(({ now }) => now.undecided.length > 0)) process.exitCode = EXIT.behind;
}

function scopeOf({ all, sample, user }: VerifyVerbOptions): Scope {
  if ([all, sample !== undefined, user !== undefined].filter(Boolean).length > 1)
    throw new CliError(EXIT.usage, 'only one of --all, --sample <n> and --user <id>');
  if (all) return { kind: 'all' };
  return user === undefined
    ? { kind: 'sample', count: sample ?? DEFAULT_SAMPLE }
    : { kind: 'ids', ids: [user] };
}

async function verifyOne(
  sides: OpenSides,
  scope: Scope,
  { rate, repair, json }: VerifyVerbOptions,
  by: string | undefined,
): Promise<Verified> {
  const { pool, db, projection } = sides;
  await requireView(pool, projection);
  const { progress } = createTeller(process.stderr, json);
  const total = scope.kind === 'all' ? await countSource(pool, projection) : null;
  const stage = `comparing ${projection.name} with SQL`;
  const look = (which: Scope): Promise<Verification> =>
    verifyDocuments({
      ...sides,
      scope: which,
      rate,
      onProgress: (done) => progress({ stage, done, total }),
    });
  // One document says nothing of the counts; of all of them the sums are made by MongoDB, in seconds.
  const isCounted = projection.talliesOf !== null && scope.kind !== 'ids';
  const lookAtCounts = async (): Promise<Found['counts']> =>
    isCounted ? compareCounts(sides.documents) : null;
  const found: Found = { ...(await look(scope)), counts: await lookAtCounts() };
  let repairs: readonly Repair[] = [];
  let now = found;
  if (repair && found.wrong.length > 0) {
    const ids = found.wrong.map(({ id }) => id);
    repairs = await repairAudited(sides, ids, by);
    const again = await look({ kind: 'ids', ids });
    now = { ...found, wrong: again.wrong, undecided: [...found.undecided, ...again.undecided] };
  }
  const mended = repair && (isCounted || repairs.length > 0) ? await mendAudited(sides, by) : [];
  if (mended.length > 0) now = { ...now, counts: await lookAtCounts() };
  await verificationRecords(db).replaceOne(
    { _id: verificationId(projection.name) },
    { at: new Date(), ...countsOf(scope, now) },
    { upsert: true },
  );
  return { result: { projection: projection.name, ...found, repairs, mended }, now };
}

function screen(result: Result): string {
  const { projection, wrong, counts, repairs, mended } = result;
  const lines = [
    ...wrong.flatMap(describeDrift),
    ...(counts ?? []).map(describeCount),
    ...repairs.map(describeRepair),
    ...summaryOf(projection, result),
    ...(counts === null && mended.length === 0 ? [] : summaryOfCounts(projection, counts ?? mended, mended)),
  ];
  return `${lines.join('\n')}\n`;
}
