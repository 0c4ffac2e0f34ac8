/** `readside projections list | start | stop | pause | resume`: the read models that there are, and whether they go on. */
import type { Command } from 'commander';
import pc from 'picocolors';
import { builtBy } from '../../services/shared/definition-record.ts';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import { STILL_MS } from '../../services/shared/health/find-causes.ts';
import { healthId } from '../../services/shared/health/health-record.ts';
import type { HealthRecord } from '../../services/shared/health/health-record.ts';
import { loadProjection, loadProjections } from '../../services/shared/load-projection.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { pauseId, pauseRecords } from '../../services/shared/held-by.ts';
import { audited } from '../audit.ts';
import { auditedStream } from '../audited-stream.ts';
import { CliError, EXIT } from '../exit.ts';
import { readStopped, writeStopped } from '../local/projectors.ts';
import { readStackFile } from '../local/stack-file.ts';
import { need, resolveContext } from '../context.ts';
import { createTeller } from '../progress.ts';
import { waitFor } from '../../stack/wait.ts';
import { countDocuments } from '../count-documents.ts';
import { withPlaces } from '../verify/open.ts';
import type { Servers } from '../servers.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface ProjectionsOptions extends GlobalOptions {
  readonly json: boolean;
}

interface Listed {
  readonly projection: string;
  readonly version: number;
  /** Version that the documents were built by; null: none were. */
  readonly built: number | null;
  readonly stream: string;
  readonly collection: string;
  readonly documents: number;
  readonly pausedAt: Date | null;
  /** Its projector in the local system. */
  readonly stopped: boolean;
  /** As its projectors told it last; null: none has, or not lately. */
  readonly health: { readonly state: string; readonly text: string } | null;
}

export function addProjections(program: Command, environment: Environment): void {
  const group = program
    .command('projections')
    .description('the read models: list, start, stop, pause and resume them');
  const add = (verb: string, description: string): Command =>
    group.command(verb).description(description).option('--json', 'print the result as JSON', false);
  add('list', 'their versions, documents and health, as their projectors tell it').action(
    async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ProjectionsOptions>();
      await show(await loadProjections(options.application), options, environment, () => Promise.resolve());
    },
  );
  const act =
    (work: (places: Servers, projection: Projection) => Promise<void>) =>
    async (name: string, _options: unknown, command: Command): Promise<void> => {
      const options = command.optsWithGlobals<ProjectionsOptions>();
      await show([await loadProjection(options.application, name)], options, environment, work);
    };
  add('start', 'starts its projector in the local system, where it was stopped')
    .argument('<projection>', 'its name in projections/')
    .action(change(environment, true));
  add('stop', 'ends its projector in the local system, until it is started; changes wait in Kafka')
    .argument('<projection>', 'its name in projections/')
    .action(change(environment, false));
  const by = environment.env['USER'];
  add('pause', 'its projectors stand aside; changes wait in Kafka, as long as its retention')
    .argument('<projection>', 'its name in projections/, or the path of its file')
    .action(
      act(async ({ db }, { name }) => {
        const record = { at: new Date(), ...(by && { by }) };
        await audited(
          db,
          name,
          { act: 'projection-pause', by },
          () =>
            pauseRecords(db).updateOne(
              { _id: pauseId(name) },
              { $setOnInsert: record },
              { upsert: true, writeConcern: { w: 'majority' } },
            ),
          ({ upsertedCount }) =>
            upsertedCount === 0 ? 'it was paused already' : 'its projectors stand aside',
        );
      }),
    );
  add('resume', 'its projectors go on where they stood')
    .argument('<projection>', 'its name in projections/, or the path of its file')
    .action(
      act(async ({ db }, { name }) => {
        await audited(
          db,
          name,
          { act: 'projection-resume', by },
          () => pauseRecords(db).deleteOne({ _id: pauseId(name) }, { writeConcern: { w: 'majority' } }),
          ({ deletedCount }) => (deletedCount === 0 ? 'it was not paused' : 'its projectors go on'),
        );
      }),
    );
}

/** What is to run stands in the data folder; the local system does it, and tells in stack.json that it has. */
function change(environment: Environment, isToRun: boolean) {
  return async (nameOrPath: string, _options: unknown, command: Command): Promise<void> => {
    const options = command.optsWithGlobals<ProjectionsOptions>();
    const projection = await loadProjection(options.application, nameOrPath);
    const { name } = projection;
    const dataDir = options.data;
    const runs = (): boolean => {
      const local = readStackFile(dataDir);
      if (!local) throw new CliError(EXIT.usage, NO_LOCAL_SYSTEM);
      const projector = local.projectors[name];
      if (!projector)
        throw new CliError(
          EXIT.usage,
          `the local system was started without it: npm start -- --projection …,${name}`,
        );
      return !projector.stopped && projector.pid !== null;
    };
    const ran = runs();
    const stopped = readStopped(dataDir).filter((each) => each !== name);
    const what = `the projector of ${name} to ${isToRun ? 'start' : 'end'}`;
    const { mongoUrl } = resolveContext(dataDir, environment.env);
    const { notice } = createTeller(process.stderr, options.json);
    await auditedStream(
      { mongoUrl, followers: [name], notice },
      { act: isToRun ? 'projection-start' : 'projection-stop', by: environment.env['USER'] },
      async () => {
        writeStopped(dataDir, isToRun ? stopped : [...stopped, name]);
        await waitFor(what, () => runs() === isToRun, { timeoutMs: CHANGE_DEADLINE_MS, intervalMs: 100 });
      },
      () => (ran === isToRun ? 'it was so already' : 'done'),
    );
    await show([projection], options, environment, () => Promise.resolve());
  };
}

const CHANGE_DEADLINE_MS = 40_000;
const NO_LOCAL_SYSTEM =
  'no local system runs (npm start); elsewhere a projector is a process with PROJECTION=<name>, started and stopped by whatever runs it';

async function show(
  projections: readonly Projection[],
  { data, json }: ProjectionsOptions,
  { env }: Environment,
  work: (places: Servers, projection: Projection) => Promise<void>,
): Promise<void> {
  const context = resolveContext(data, env);
  const addresses = need(context, 'postgresUrl', 'mongoUrl', 'kafkaBrokers');
  const listed = await withPlaces(addresses, 'readside-projections', async (places) => {
    for (const each of projections) await work(places, each);
    return Promise.all(
      projections.map(async (each) => ({
        ...(await lookAt(places, each)),
        stopped: context.local?.projectors[each.name]?.stopped ?? false,
      })),
    );
  });
  process.stdout.write(json ? `${JSON.stringify(listed)}\n` : listed.map(describe).join(''));
}

async function lookAt({ db }: Servers, projection: Projection): Promise<Omit<Listed, 'stopped'>> {
  const { name, version, stream, resource } = projection;
  const [built, paused, health, documents] = await Promise.all([
    builtBy(db, name),
    pauseRecords(db).findOne({ _id: pauseId(name) }),
    db.collection<HealthRecord>(FRESHNESS_COLLECTION).findOne({ _id: healthId(name) }),
    countDocuments(db, projection),
  ]);
  const isFresh = health !== null && Date.now() - health.at.getTime() < STILL_MS;
  return {
    projection: name,
    version,
    built: built?.version ?? null,
    stream,
    collection: resource,
    documents: documents.live,
    pausedAt: paused?.at ?? null,
    health: isFresh ? { state: health.state, text: health.text } : null,
  };
}

function describe(listed: Listed): string {
  const { projection, version, built, collection, documents, pausedAt, stopped, health } = listed;
  const versions =
    built === null || built === version ? `version ${version}` : `version ${version}, built by ${built}`;
  const state =
    pausedAt !== null
      ? pc.yellow(`paused since ${pausedAt.toISOString()}`)
      : stopped
        ? pc.yellow('stopped')
        : health === null
          ? pc.red('no projector tells')
          : health.text;
  return `${pc.bold(projection)}  ${versions}  ${documents} documents in ${collection}  ${state}\n`;
}
