/** The read models that somebody has started: of a local system those that run; else those whose documents were begun. */
import { builtBy } from '../services/shared/definition-record.ts';
import { ask } from '../services/shared/health/asked.ts';
import { loadProjections } from '../services/shared/load-projection.ts';
import { openMongo } from '../services/shared/mongo.ts';
import type { Projection } from '../services/shared/projection/projection.ts';
import type { StackFile } from './local/stack-file.ts';

const TIMEOUT_MS = 5000;

/** The default one, where MongoDB does not tell, and where none is known to be. */
export async function startedProjections(
  local: StackFile | undefined,
  mongoUrl: string,
): Promise<readonly Projection[]> {
  const all = await loadProjections();
  if (local) return all.filter(({ name }) => local.projectors[name]?.stopped === false);
  const mongo = openMongo(mongoUrl, { serverSelectionTimeoutMS: TIMEOUT_MS, appName: 'readside' });
  try {
    const begun = await ask(() => Promise.all(all.map(({ name }) => builtBy(mongo.db(), name))), TIMEOUT_MS);
    const started = begun.ok ? all.filter((_, at) => begun.value[at] !== null) : [];
    return started.length === 0 ? all.slice(0, 1) : started;
  } finally {
    await mongo.close();
  }
}
