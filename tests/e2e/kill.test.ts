/**
 * kill -9 of a server under load: it comes back by itself, and the documents equal SQL (invariants 1 to 6). Connect and the projector are
 * killed in whole-transactions.test.ts and in the fault rows, everything in the soak (npm run test:soak). READSIDE_KILL=connect,readApi names
 * other processes; READSIDE_LOAD_SECONDS sets how long the writers go on around each kill.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ProcessName } from '../../cli/local/stack-file.ts';
import { waitFor } from '../../stack/wait.ts';
import { compareDocuments, compareServed } from '../support/oracle.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { runningSystem } from '../support/stack.ts';
import { loadSeconds, newSeed } from '../support/workload/settings.ts';
import { lostCommands, runWorkload } from '../support/workload/workload.ts';

const PROCESSES = (process.env['READSIDE_KILL'] ?? 'kafka,mongod,postgres').split(',') as ProcessName[];
const BACK_WITHIN_MS = 60_000;

describe('kill -9 under load', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await openPipeline();
  });
  afterAll(() => pipeline.close());

  test.each(PROCESSES)(
    'of %s: it comes back by itself and nothing is lost',
    async (name) => {
      const seconds = loadSeconds(6);
      const load = runWorkload(pipeline, runningSystem(), {
        seconds,
        seed: newSeed(),
        restWriters: 3,
        sqlWriters: 2,
        watchers: 2,
      });
      await wroteSomething(pipeline);
      const victim = runningSystem().pids[name];
      if (victim === null) throw new Error(`${name} has no pid`);
      process.kill(victim, 'SIGKILL');
      await waitFor(
        `${name} to run again`,
        () => {
          const pid = runningSystem().pids[name];
          return pid !== null && pid !== victim;
        },
        { timeoutMs: BACK_WITHIN_MS },
      );

      const report = await load;
      await pipeline.settled(120_000);
      const system = runningSystem();
      await waitFor('both APIs to answer', () => bothAnswer(system.writeApiUrl, system.readApiUrl), {
        timeoutMs: BACK_WITHIN_MS,
      });
      expect((await compareDocuments(pipeline)).wrong).toEqual([]);
      expect((await compareServed(pipeline, system.readApiUrl, report.people.gone)).wrong).toEqual([]);
      expect(await lostCommands(pipeline, report.people)).toEqual([]);
      expect(report.backwards).toEqual([]);
      expect(report.rest.flatMap(({ unexpected }) => unexpected)).toEqual([]);
      expect(report.sql.flatMap(({ unexpected }) => unexpected)).toEqual([]);
    },
    240_000,
  );
});

/** The kill must fall into the load, not before it. */
async function wroteSomething({ documents }: Pipeline): Promise<void> {
  const before = await documents.estimatedDocumentCount();
  await waitFor('documents to arrive', async () => (await documents.estimatedDocumentCount()) > before + 20, {
    timeoutMs: 30_000,
  });
}

async function bothAnswer(...urls: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(
    urls.map((url) => fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3000) })),
  );
  await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  return answers.every(({ ok }) => ok);
}
