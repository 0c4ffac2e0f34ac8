import { loadProjection, loadProjections } from '../services/shared/load-projection.ts';
import type { Projection } from '../services/shared/projection/projection.ts';
import { CliError, EXIT } from './exit.ts';

/** `name`: of a projection, or a module's path; undefined where there is only one. @throws CliError where there are several. */
export async function oneProjection(name: string | undefined): Promise<Projection> {
  if (name !== undefined) return loadProjection(name);
  const [first, ...others] = await loadProjections();
  if (first && others.length === 0) return first;
  throw new CliError(EXIT.usage, 'there are several projections: name one with --projection');
}
