/** `readside projections …` on the local system, as a person would ask it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CODE_FOLDER, compiledPath } from '../../../services/shared/code-folders.ts';

/** Resolves to what it prints, from JSON. */
export type Projections = (...args: readonly string[]) => Promise<unknown>;

const COMMAND_MS = 60_000;
const run = promisify(execFile);

export function runProjections(dataDir: string, env: NodeJS.ProcessEnv): Projections {
  return async (...args) => {
    const command = compiledPath(CODE_FOLDER, 'cli/main.ts');
    if (command === null) throw new Error('the readside command is not compiled beside this program');
    const { stdout } = await run(
      process.execPath,
      [command, '--data', dataDir, 'projections', ...args, '--json'],
      { timeout: COMMAND_MS, env },
    );
    return JSON.parse(stdout);
  };
}
