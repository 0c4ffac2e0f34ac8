/** `readside erase`: a person is removed from every place, with a receipt by which it can be looked whether they are gone. */
import { chmodSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { canonicalId } from '../../services/shared/canonical-id.ts';
import { loadProjections } from '../../services/shared/load-projection.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { companionId } from '../../services/shared/projection/references.ts';
import { isViewOf, sourceMoment, sourceOf } from '../../services/shared/verify/source-documents.ts';
import { need, resolveContext } from '../context.ts';
import { textsOf } from '../erase/fingerprints.ts';
import { newReceipt, readReceipt, receiptScreen } from '../erase/receipt.ts';
import type { Receipt } from '../erase/receipt.ts';
import { searchPlaces } from '../erase/search.ts';
import { CliError, EXIT } from '../exit.ts';
import { bearer } from '../local/development-token.ts';
import type { Servers } from '../servers.ts';
import { startedProjections } from '../started-projections.ts';
import { messageOf } from '../../stack/errors.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import { mendAudited, repairAudited } from '../verify/audited-repair.ts';
import { sidesOf, withPlaces } from '../verify/open.ts';
import { positiveInteger } from './arguments.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface EraseOptions extends GlobalOptions {
  readonly verify?: string;
  readonly out?: string;
  readonly wait: number;
  readonly json: boolean;
}

const TIMEOUT_MS = 30_000;

export function addErase(program: Command, environment: Environment): void {
  program
    .command('erase')
    .argument('[id]', 'whom to erase')
    .description(
      'erase a person from every place, with a receipt; or look whether one who was erased is gone',
    )
    .option(
      '--verify <receipt>',
      'search all places for what the receipt’s person had; exit 1 when something is left',
    )
    .option('--out <file>', 'where to put the receipt, a new file; readable by its owner only')
    .option('--wait <seconds>', 'for the stream to carry the erasure into the documents', positiveInteger, 30)
    .option('--json', 'print the receipt as JSON', false)
    .addHelpText(
      'after',
      '\nWithout a local system: WRITE_API_URL, and READSIDE_TOKEN with the scope admin, beside the addresses of the servers.',
    )
    .action(async (id: string | undefined, _options: unknown, command: Command) =>
      erase(id, command.optsWithGlobals<EraseOptions>(), environment),
    );
}

async function erase(id: string | undefined, options: EraseOptions, { env }: Environment): Promise<void> {
  if ((id === undefined) === (options.verify === undefined))
    throw new CliError(EXIT.usage, 'either the id of whom to erase, or --verify <receipt>');
  const { erases } = options.application;
  if (id !== undefined && erases === undefined)
    throw new CliError(EXIT.usage, `${options.application.name} holds no persons: there is nobody to erase`);
  if (id !== undefined && options.out === undefined)
    throw new CliError(EXIT.usage, '--out <file> is needed: without the receipt nobody can look again');
  const context = resolveContext(options.data, env);
  const addresses = need(context, 'postgresUrl', 'mongoUrl', 'kafkaBrokers');
  const started = await startedProjections(options.application, context.local, addresses.mongoUrl);
  const all = await loadProjections(options.application);
  const signal = stopOnSignal('stopped: look with --verify what is left');
  const receipt = await withPlaces(addresses, 'readside-erase', async (servers) => {
    const viewed = await Promise.all(all.map((each) => isViewOf(servers.pool, each)));
    const projections = all.filter((_, at) => viewed[at]);
    const search = async (known: Omit<Receipt, 'places'>): Promise<Receipt> => ({
      ...known,
      places: await searchPlaces({ ...servers, all, projections, receipt: known, now: Date.now() }),
    });
    if (id === undefined) return search(readReceipt(options.verify ?? ''));
    const person = canonicalId(id);
    const texts = await textsOfPerson(servers, projections, person);
    if (texts.size === 0) throw new CliError(EXIT.failed, `nobody has the id ${person}: nothing was erased`);
    // Before anything is gone: whatever fails from here on, one can look by it what is left.
    const begun = newReceipt({ erasure: 'not known', id: person, erasedAt: new Date().toISOString() }, texts);
    keep(options.out ?? '', { ...begun, places: [] }, 'wx');
    const writeApi = {
      url: env['WRITE_API_URL'] ?? context.local?.writeApiUrl,
      path: erases ?? '',
      token: env['READSIDE_TOKEN'] ?? context.local?.token ?? null,
    };
    const erasure = await eraseFromSource(writeApi, person, signal);
    const erased = { ...begun, erasure, erasedAt: new Date().toISOString() };
    keep(options.out ?? '', { ...erased, places: [] }, 'w');
    await untilCarried(servers, started, person, options.wait * 1000, signal, env['USER']);
    return search(erased);
  });
  if (options.out !== undefined) keep(options.out, receipt, 'w');
  process.stdout.write(options.json ? `${JSON.stringify(receipt)}\n` : receiptScreen(receipt));
  if (receipt.places.some(({ state }) => state === 'found')) process.exitCode = EXIT.failed;
}

/** `wx`: a new file. @throws CliError (usage) when it cannot be written. */
function keep(path: string, receipt: Receipt, flag: 'w' | 'wx'): void {
  try {
    writeFileSync(path, `${JSON.stringify(receipt, null, 2)}\n`, { mode: 0o600, flag });
    chmodSync(path, 0o600);
  } catch (error) {
    throw new CliError(EXIT.usage, `the receipt cannot be kept in ${path}: ${messageOf(error)}`);
  }
}

/** As their documents say them, except for the id, which stays in the receipt. */
async function textsOfPerson(
  { pool }: Servers,
  projections: readonly Projection[],
  id: string,
): Promise<ReadonlySet<string>> {
  const texts = new Set<string>();
  for (const projection of projections) {
    const source = (await sourceOf(pool, projection, [id])).get(id);
    if (source === undefined) continue;
    const valuesOf = (value: unknown): unknown =>
      typeof value === 'object' && value !== null ? Object.values(value).map(valuesOf) : value;
    for (const text of textsOf(valuesOf(JSON.parse(source.printed)))) texts.add(text);
  }
  texts.delete(id);
  return texts;
}

interface WriteApi {
  readonly url: string | undefined;
  /** Of the persons. */
  readonly path: string;
  readonly token: string | null;
}

/** Returns the erasure's id. */
async function eraseFromSource(
  { url, path, token }: WriteApi,
  id: string,
  signal: AbortSignal,
): Promise<string> {
  if (url === undefined)
    throw new CliError(EXIT.usage, 'no local system is running (npm start), and WRITE_API_URL is not set');
  const response = await fetch(new URL(`${path}/${encodeURIComponent(id)}?erase=true`, url), {
    method: 'DELETE',
    headers: bearer(token),
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  const answer = (await response.json()) as { readonly erasure?: string; readonly title?: string };
  if (response.ok && answer.erasure !== undefined) return answer.erasure;
  throw new CliError(EXIT.failed, `the write API answered ${response.status}: ${answer.title ?? ''}`);
}

/** A document in quarantine does not follow the stream: it is made anew from the source, which has nobody there. */
async function untilCarried(
  servers: Servers,
  projections: readonly Projection[],
  id: string,
  waitMs: number,
  signal: AbortSignal,
  by: string | undefined,
): Promise<void> {
  const { lsn } = await sourceMoment(servers.pool);
  for (const projection of projections) {
    const sides = sidesOf(servers, projection, waitMs, signal);
    if (!(await sides.reached(lsn)))
      tell(`${projection.name}: the stream has not carried the erasure within ${waitMs / 1000} s`);
    const tables = [...(projection.references?.tables.keys() ?? [])];
    const theirs = [id, ...tables.map((table) => companionId(table, id))];
    const found = { _id: { $in: theirs }, '_sync.phase': { $ne: 'deleted' } } as const;
    const left = await sides.documents.find(found, { projection: { _id: 1 } }).toArray();
    if (left.length === 0) continue;
    const repairs = await repairAudited(
      sides,
      left.map(({ _id }) => _id),
      by,
    );
    if (repairs.some(({ outcome }) => outcome === 'undecided'))
      tell(`${projection.name}: the document could not be made anew`);
    await mendAudited(sides, by);
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
