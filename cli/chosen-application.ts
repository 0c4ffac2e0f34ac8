/** Which application a verb is about, and the data folder of its local system: what the options name, else the environment, else what runs in the folder. */
import { join, resolve } from 'node:path';
import { loadApplication } from '../services/shared/application.ts';
import type { Application } from '../services/shared/application.ts';
import { ConfigError } from '../services/shared/config.ts';
import { CliError, EXIT } from './exit.ts';
import { readStackFile } from './local/stack-file.ts';
import type { Environment, GlobalOptions } from './verbs/environment.ts';

/** As they were given. */
export interface Choice {
  readonly example?: string;
  readonly data?: string;
}

/** @throws CliError (usage) when there is no such application, or another one's system runs in the folder. */
export async function chosenApplication(
  { example, data }: Choice,
  { root, env }: Environment,
): Promise<GlobalOptions> {
  const asked = example ?? env['READSIDE_EXAMPLE'];
  const named = asked === undefined ? undefined : await find(asked);
  const folder = data ?? env['READSIDE_DATA'];
  const dataDir = folder === undefined ? defaultData(root, named) : resolve(folder);
  const running = readStackFile(dataDir)?.application;
  if (named !== undefined && running !== undefined && running !== named.choice)
    throw new CliError(EXIT.usage, `what runs in ${dataDir} is ${running}, not ${named.choice}`);
  return { data: dataDir, application: named ?? (await find(running)) };
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
function defaultData(root: string, application: Application | undefined): string {
  const own = join(root, '.readside');
  return application === undefined || application.folder === ''
    ? own
    : join(own, 'examples', application.name);
}
