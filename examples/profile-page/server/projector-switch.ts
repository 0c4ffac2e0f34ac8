/** Stops and starts the projector of the local system, as a person would: by the `readside` command. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CODE_FOLDER, compiledPath } from '../../../services/shared/code-folders.ts';

export interface ProjectorSwitch {
  isOn(): Promise<boolean>;
  /** Resolves when it is so. One after the other. */
  turn(on: boolean): Promise<void>;
}

const PROJECTION = 'profile';
const COMMAND_MS = 60_000;
const run = promisify(execFile);

export function createProjectorSwitch(dataDir: string): ProjectorSwitch {
  let last: Promise<unknown> = Promise.resolve();
  const projections = async (...args: readonly string[]): Promise<unknown> => {
    const command = compiledPath(CODE_FOLDER, 'cli/main.ts');
    if (command === null) throw new Error('the readside command is not compiled beside this program');
    const { stdout } = await run(
      process.execPath,
      [command, '--data', dataDir, 'projections', ...args, '--json'],
      { timeout: COMMAND_MS },
    );
    return JSON.parse(stdout);
  };
  return {
    async isOn() {
      const listed = (await projections('list')) as ReadonlyArray<{
        readonly projection: string;
        readonly stopped: boolean;
      }>;
      return listed.some(({ projection, stopped }) => projection === PROJECTION && !stopped);
    },
    async turn(on) {
      const turned = last.then(() => projections(on ? 'start' : 'stop', PROJECTION));
      last = turned.catch(() => undefined); // told to whoever asked for it
      await turned;
    },
  };
}
