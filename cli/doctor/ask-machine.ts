import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { missingPrerequisites } from '../../stack/embedded/install.ts';
import { isFree, wantedStackPorts } from '../../stack/ports.ts';
import { PREFERRED_PORTS } from '../local/services.ts';
import type { MachineFacts } from './judge-machine.ts';

/** `runs`: a local system has the ports that it wants. */
export async function askMachine(
  dataDir: string,
  env: NodeJS.ProcessEnv,
  runs: boolean,
): Promise<MachineFacts> {
  const [missing, freeBytes, taken] = await Promise.all([
    missingPrerequisites(env),
    freeBytesOf(dataDir),
    runs ? null : takenPorts(dataDir),
  ]);
  return { node: process.versions.node, missing, freeBytes, dataDir, taken };
}

/** Of the nearest folder that is there: the data folder is made at the first start. */
async function freeBytesOf(folder: string): Promise<number> {
  if (!existsSync(folder)) return freeBytesOf(dirname(folder));
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function takenPorts(dataDir: string): Promise<MachineFacts['taken']> {
  const wanted = { ...wantedStackPorts(join(dataDir, 'ports.json')), ...PREFERRED_PORTS };
  const looked = await Promise.all(
    Object.entries(wanted).map(async ([name, port]) => ({ name, port, isFree: await isFree(port) })),
  );
  return looked.filter((each) => !each.isFree).map(({ name, port }) => ({ name, port }));
}
