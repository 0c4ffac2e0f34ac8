/** Which application a verb is about, and the data folder of its local system: what the options name, else the environment, else whose data it is. */
import { join, resolve } from 'node:path';
import { loadApplication } from '../services/shared/application.ts';
import type { Application } from '../services/shared/application.ts';
import { ConfigError } from '../services/shared/config.ts';
import { CliError, EXIT } from './exit.ts';
import { dataOf } from './local/data-of.ts';
import type { Environment, GlobalOptions } from './verbs/environment.ts';

/** As they were given. */
export interface Choice {
  readonly example?: string;
  readonly data?: string;
}

/** @throws CliError (usage) when there is no such application, or the folder holds the data of another one. */
export async function chosenApplication(
  { example, data }: Choice,
  { root, env }: Environment,
): Promise<GlobalOptions> {
  const asked = example ?? env['READSIDE_EXAMPLE'];
  const named = asked === undefined ? undefined : await find(asked);
  const folder = data ?? env['READSIDE_DATA'];
  const dataDir = folder === undefined ? defaultData(root, named) : resolve(folder);
  const holder = dataOf(dataDir);
  if (named !== undefined && holder !== undefined && holder !== named.choice)
    throw new CliError(
      EXIT.usage,
      `${dataDir} holds the data of ${holder}, not of ${named.choice}: take another folder by --data`,
    );
  return { data: dataDir, application: named ?? (await find(holder)) };
}

async function find(choice: string | undefined): Promise<Application> {
  try {
    return await loadApplication(choice);
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(EXIT.usage, error.problems.join('; '));
    throw error;
  }
}

/** Each has its own: their servers, ports and documents never mix. */
export function defaultData(root: string, application: Application | undefined): string {
  const own = join(root, '.readside');
  return application === undefined || application.folder === ''
    ? own
    : join(own, 'examples', application.name);
}
