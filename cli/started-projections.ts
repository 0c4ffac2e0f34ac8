/** The read models that somebody has started: of a local system those that run; else those whose documents were begun. */
import type { Db } from 'mongodb';
import { builtBy } from '../services/shared/definition-record.ts';
import { ask } from '../services/shared/health/asked.ts';
import type { Application } from '../services/shared/application.ts';
import { loadProjection, loadProjections } from '../services/shared/load-projection.ts';
import { openMongo } from '../services/shared/mongo.ts';
import type { Projection } from '../services/shared/projection/projection.ts';
import type { StackFile } from './local/stack-file.ts';

const TIMEOUT_MS = 5000;

/** All in the application's projections/, and those that the local system was started with by the paths of their modules, also in place of one of the same name. */
export async function knownProjections(
  application: Application,
  local: Pick<StackFile, 'projectors'> | undefined,
): Promise<readonly Projection[]> {
  const [all, started] = await Promise.all([
    loadProjections(application),
    Promise.all(
      Object.values(local?.projectors ?? {}).map(({ projection }) => loadProjection(application, projection)),
    ),
  ]);
  const known = new Map([...all, ...started].map((each) => [each.name, each]));
  return [...known.values()];
}

/** The default one, where MongoDB does not tell, and where none is known to be. */
export async function startedProjections(
  application: Application,
  local: StackFile | undefined,
  mongoUrl: string,
): Promise<readonly Projection[]> {
  const all = await knownProjections(application, local);
  if (local) return all.filter(({ name }) => local.projectors[name]?.stopped === false);
  const mongo = openMongo(mongoUrl, { serverSelectionTimeoutMS: TIMEOUT_MS, appName: 'readside' });
  try {
    const begun = await begunProjections(all, () => Promise.resolve(mongo.db()), TIMEOUT_MS);
    return begun ?? all.slice(0, 1);
  } finally {
    await mongo.close();
  }
}

/** Those whose documents were begun; null: MongoDB does not tell, or there are none. */
export async function begunProjections(
  all: readonly Projection[],
  db: () => Promise<Db>,
  timeoutMs: number,
): Promise<readonly Projection[] | null> {
  const asked = await ask(async () => {
    const opened = await db();
    return Promise.all(all.map(({ name }) => builtBy(opened, name)));
  }, timeoutMs);
  const begun = asked.ok ? all.filter((_, at) => asked.value[at] !== null) : [];
  return begun.length === 0 ? null : begun;
}
