/** A whole second system, for what would harm the run's own: thrown away with its data when the row is over. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSystem } from '../../../cli/local/system.ts';
import type { System } from '../../../cli/local/system.ts';
import { createLogger } from '../../../services/shared/logger.ts';
import { wipeData } from '../../../stack/data-dir.ts';
import { loadSecrets } from '../../../stack/secrets.ts';
import { openPipeline } from '../pipeline.ts';
import type { Place } from './fault-row.ts';

export interface OwnSystem extends Place {
  readonly system: System;
  readonly dataDir: string;
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** `prepare` sees the data folder before any server does; what it returns is released last. */
export async function openOwnSystem(prepare: (dataDir: string) => () => void): Promise<OwnSystem> {
  const dataDir = mkdtempSync(join(tmpdir(), 'readside-system-'));
  chmodSync(dataDir, 0o711);
  // Before the folder looks as if servers had been set up in it.
  loadSecrets(dataDir, false);
  const release = prepare(dataDir);
  const throwAway = (): void => {
    release();
    wipeData(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const system = await startSystem({
      root: ROOT,
      dataDir,
      ports: 'ephemeral',
      projections: ['profile'],
      env: process.env,
      logger: createLogger('fault-system', 'silent'),
      onEvent: () => undefined, // what becomes of it is seen from outside
    });
    const pipeline = await openPipeline(undefined, undefined, system.stack.endpoints);
    const { writeApiUrl, readApiUrl } = system.info();
    return {
      pipeline,
      writeApiUrl,
      readApiUrl,
      system,
      dataDir,
      close: async () => {
        await pipeline.close();
        await system.stop();
        throwAway();
      },
    };
  } catch (error) {
    throwAway();
    throw error;
  }
}
