/**
 * kill -9 of a server under load: it comes back by itself, and the documents equal SQL (invariants 1 to 6). Connect and the projector are
 * killed in whole-transactions.test.ts and in the fault rows, everything in the soak (npm run test:soak). READSIDE_KILL=connect,readApi names
 * other processes; READSIDE_LOAD_SECONDS sets how long the writers go on after the last of them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ProcessName } from '../../cli/local/stack-file.ts';
import { waitFor } from '../../stack/wait.ts';
import { compareDocuments, compareServed } from '../support/oracle.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { runningSystem } from '../support/stack.ts';
import { loadSeconds, newSeed } from '../support/workload/settings.ts';
import { lostCommands, startWorkload } from '../support/workload/workload.ts';

const PROCESSES = (process.env['READSIDE_KILL'] ?? 'kafka,mongod,postgres').split(',') as ProcessName[];
const BACK_WITHIN_MS = 60_000;

describe('kill -9 under load', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await openPipeline();
  });
  afterAll(() => pipeline.close());

  test(`of ${PROCESSES.join(', ')}: each comes back by itself and nothing is lost`, async () => {
    const load = startWorkload(pipeline, runningSystem(), {
      seed: newSeed(),
      restWriters: 3,
      sqlWriters: 2,
      watchers: 2,
    });
    for (const name of PROCESSES) {
      await wroteSomething(name);
      const victim = runningSystem().pids[name];
      if (victim === null) throw new Error(`${name} has no pid`);
      process.kill(victim, 'SIGKILL');
      await waitFor(`${name} to run again`, () => ![null, victim].includes(runningSystem().pids[name]), {
        timeoutMs: BACK_WITHIN_MS,
      });
      const { writeApiUrl, readApiUrl } = runningSystem();
      await waitFor(`both APIs to answer after ${name}`, () => bothAnswer(writeApiUrl, readApiUrl), {
        timeoutMs: BACK_WITHIN_MS,
      });
    }
    await wroteSomething('all of them');
    await sleep(loadSeconds(1) * 1000);
    const report = await load.stop();

    await pipeline.settled(120_000);
    expect((await compareDocuments(pipeline)).wrong).toEqual([]);
    expect((await compareServed(pipeline, runningSystem().readApiUrl, report.people.gone)).wrong).toEqual([]);
    expect(await lostCommands(pipeline, report.people)).toEqual([]);
    expect(report.backwards).toEqual([]);
    expect(report.rest.flatMap(({ unexpected }) => unexpected)).toEqual([]);
    expect(report.sql.flatMap(({ unexpected }) => unexpected)).toEqual([]);
  }, 400_000);

  /** What was committed after the last kill is in the documents: the next one falls into the load, and not into a recovery. */
  async function wroteSomething(before: string): Promise<void> {
    const countDocuments = (): Promise<number> => pipeline.documents.estimatedDocumentCount();
    await waitFor(
      `documents to arrive before ${before}`,
      async () => {
        const first = await countDocuments();
        await waitFor('more of them', async () => (await countDocuments()) > first + 20, { timeoutMs: 5000 });
        return true;
      },
      { timeoutMs: BACK_WITHIN_MS },
    );
  }
});

async function bothAnswer(...urls: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(
    urls.map((url) => fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3000) })),
  );
  await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  return answers.every(({ ok }) => ok);
}
