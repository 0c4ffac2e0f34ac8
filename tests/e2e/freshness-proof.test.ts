/**
 * What `as-of` and `status` claim must be true also when changes were held up before Kafka (invariant 8): the age of a change counts
 * from its commit.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, runCli } from '../support/cli.ts';
import { pauseConnector, resumeConnector } from '../support/connector-control.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { runningSystem, testDataDir } from '../support/stack.ts';
import { command, newEmail, read } from '../support/system-client.ts';

describe('a change that waited before Kafka', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await openPipeline();
  });
  afterAll(() => pipeline.close());

  test('is never counted as shown, and its age is that of its commit', async () => {
    const { projection, admin } = pipeline;
    const { id } = await command('POST', '/users', { email: newEmail(), fullName: 'Held Up' });
    await pipeline.settled();
    const projector = runningSystem().pids.projector ?? 0;
    await pauseConnector(projection.stream);
    process.kill(projector, 'SIGSTOP');
    try {
      await pipeline.sql.query("update users set bio = 'held up' where id = $1", [id]);
      const committed = Date.now();
      // Long enough that the two clocks, commit and arrival in Kafka, cannot be taken for each other.
      await waitFor('the change to grow old', () => Date.now() - committed > 3000, { timeoutMs: 10_000 });
      await resumeConnector(projection.stream);
      await waitFor(
        'the change to reach Kafka',
        async () => (await topicProgress(admin, projection.topic, projection.group)).lagEvents > 0,
        { timeoutMs: 30_000 },
      );

      const { lag, state } = await status();
      expect(state).not.toBe('up-to-date');
      expect(Date.parse(lag.asOf)).toBeLessThanOrEqual(committed);
      expect(lag.seconds).toBeGreaterThanOrEqual(3);
      const { headers } = await read(`/profiles/${id}`);
      const [, asOf = ''] = /as-of="([^"]+)"/.exec(headers['freshness'] ?? '') ?? [];
      expect(Date.parse(asOf)).toBeLessThanOrEqual(committed);
    } finally {
      process.kill(projector, 'SIGCONT');
      await resumeConnector(projection.stream);
    }
    await pipeline.settled();
    await waitFor('status to say that all is well', async () => (await status()).state === 'up-to-date', {
      timeoutMs: 20_000,
    });
  }, 120_000);
});

interface Status {
  readonly state: string;
  readonly lag: { readonly asOf: string; readonly seconds: number };
}

async function status(): Promise<Status> {
  const { projections } = jsonOf(await runCli(['status', '--json'], testDataDir())) as {
    readonly projections: readonly Status[];
  };
  const [first] = projections;
  if (!first) throw new Error('status told nothing');
  return first;
}
