/**
 * The projector ends in the middle of a stream of changes, asked to or killed, and is started again: no change is lost, no document goes
 * back, and one that was asked to leave has committed all that it saved (invariants 2, 3 and 5).
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify } from '../../stack/process-identity.ts';
import { waitFor } from '../../stack/wait.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { startStream } from '../support/profile-stream.ts';
import type { ProfileStream } from '../support/profile-stream.ts';
import { committedOffsets, newestOffsets } from '../support/progress.ts';
import { servedDifferences } from '../support/served.ts';
import { runningSystem, testDataDir } from '../support/stack.ts';

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await openPipeline();
});
afterAll(() => pipeline.close());

describe('in the middle of a stream of changes', () => {
  test('a projector that is killed is started again: nothing is lost and nothing goes back', async () => {
    const stream = await startStream(pipeline.sql);
    await stream.shown(2);
    await endProjector('SIGKILL');
    await nextProjector();
    await stream.shown(stream.written() + 1);
    expect(await outcomeOf(stream)).toEqual({ backwards: [], wrong: [] });
  }, 90_000);

  test('one that is asked to end leaves the group and has committed all that it saved: the next one starts right there', async () => {
    const stream = await startStream(pipeline.sql);
    await stream.shown(2);
    const member = await onlyMember();
    await endProjector('SIGTERM');
    const saved = await newestOffsets(pipeline);
    const committed = await committedOffsets(pipeline);
    const members = await groupMembers();
    expect(members).not.toContain(member);
    // The next one needs a second to be started: it had no part in what was just asked.
    expect(members).toEqual([]);
    for (const [partition, offset] of saved)
      expect({ partition, isCommitted: (committed.get(partition) ?? -1) > offset }).toEqual({
        partition,
        isCommitted: true,
      });

    await nextProjector();
    await stream.shown(stream.written() + 1);
    expect(await outcomeOf(stream)).toEqual({ backwards: [], wrong: [] });
    const metrics = await projectorMetrics();
    expect(metrics.get('readside_conflicts_total')).toBe(0);
    const said = projectorLog();
    const places = takenUp(said);
    expect(places.size).toBeGreaterThan(0);
    for (const [partition, from] of places)
      expect({ partition, from }).toEqual({ partition, from: committed.get(partition) });

    const applied = metrics.get('readside_changes_total');
    expect(applied).toBeGreaterThan(0);
    // Not one change was delivered again: it has applied no more than what came after the commit. Who had to join or to fetch anew is given
    // what was under way once more, as it should be.
    const isUndisturbed =
      said.filter(({ msg }) => msg === 'joined the consumer group').length === 1 &&
      !said.some(({ msg }) => msg.includes('is fetched again'));
    const ends = await pipeline.admin.fetchTopicOffsets(pipeline.projection.topic);
    const delivered = ends.reduce(
      (sum, { partition, high }) => sum + Number(high) - (committed.get(partition) ?? 0),
      0,
    );
    expect(applied).toBeLessThanOrEqual(isUndisturbed ? delivered : Infinity);
  }, 90_000);
});

/** Ends it; what readers saw going back, and what is not as in SQL when all has come through. */
async function outcomeOf(stream: ProfileStream): Promise<Record<'backwards' | 'wrong', readonly string[]>> {
  const { backwards, ids } = await stream.stop();
  await pipeline.settled();
  return { backwards, wrong: await servedDifferences(pipeline, ids) };
}

let former = 0;

/** Resolves when the process is gone. */
async function endProjector(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const pid = runningSystem().pids.projector;
  const victim = pid === null ? undefined : identify(pid);
  if (pid === null || victim === undefined) throw new Error('no projector runs');
  former = pid;
  process.kill(pid, signal);
  await waitFor('the projector to end', () => identify(pid)?.started !== victim.started, {
    timeoutMs: 30_000,
    intervalMs: 5,
  });
}

async function nextProjector(): Promise<void> {
  await waitFor(
    'the next projector',
    async () => {
      const { pids, projectorUrl } = runningSystem();
      return (
        pids.projector !== null && pids.projector !== former && (await fetch(`${projectorUrl}/readyz`)).ok
      );
    },
    { timeoutMs: 60_000 },
  );
}

async function groupMembers(): Promise<readonly string[]> {
  const { groups } = await pipeline.admin.describeGroups([pipeline.projection.group]);
  return groups[0]?.members.map(({ memberId }) => memberId) ?? [];
}

async function onlyMember(): Promise<string> {
  return waitFor(
    'one projector in the group',
    async () => {
      const members = await groupMembers();
      return members.length === 1 ? members[0] : undefined;
    },
    { timeoutMs: 30_000 },
  );
}

interface LogLine {
  readonly msg: string;
  readonly pid: number;
  readonly group?: string;
  readonly partition: number;
  readonly from: number;
}

/** Of the present projector. */
function projectorLog(): readonly LogLine[] {
  const { pids } = runningSystem();
  return readFileSync(join(testDataDir(), 'logs', 'projector.log'), 'utf8')
    .split('\n')
    .slice(0, -1) // what is being written
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine)
    .filter(({ pid }) => pid === pids.projector);
}

/** Where it began, by partition. */
function takenUp(said: readonly LogLine[]): ReadonlyMap<number, number> {
  const mine = said.filter(
    ({ msg, group }) => msg === 'the partition is taken up' && group === pipeline.projection.group,
  );
  const places = new Map<number, number>();
  for (const { partition, from } of mine)
    places.set(partition, Math.min(from, places.get(partition) ?? Infinity));
  return places;
}

/** Counters by their names. */
async function projectorMetrics(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${runningSystem().projectorUrl}/metrics`)).text();
  const lines = text.matchAll(/^(readside_\w+) (\d+)$/gm);
  return new Map([...lines].map(([, name = '', value]) => [name, Number(value)]));
}
