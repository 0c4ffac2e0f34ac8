/** What kafkajs does by itself when something goes wrong, made to happen on the real broker, and what the feed makes of it (design §4). */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import { waitFor } from '../../stack/wait.ts';
import { openRawTopic } from '../support/raw-feed.ts';
import type { RawFeedMember, RawTopic } from '../support/raw-feed.ts';
import { openLink } from '../support/tcp-link.ts';

const WITHIN = { timeoutMs: 40_000 };
let topic: RawTopic;
beforeEach(async () => {
  topic = await openRawTopic();
});
afterEach(() => topic.close());

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

async function takes(member: RawFeedMember, offsets: readonly number[]): Promise<void> {
  await waitFor(`${offsets.length} changes`, () => member.taken.length >= offsets.length, WITHIN);
  expect(member.taken).toEqual(offsets);
}

/** Observed meanwhile as the freshness meter does. */
async function observedUntil(what: string, member: RawFeedMember, reached: () => boolean): Promise<void> {
  await waitFor(
    what,
    async () => {
      await member.feed.observe();
      return reached();
    },
    WITHIN,
  );
}

async function stalls(member: RawFeedMember): Promise<string> {
  await observedUntil('the partition to be stopped', member, () => member.feed.stalled() !== null);
  return member.feed.stalled() ?? '';
}

/** Takes what is there and leaves, with its position noted. */
async function takenBefore(count: number): Promise<void> {
  await topic.produce(count);
  const first = topic.member();
  await first.start();
  await takes(first, range(0, count));
  await first.feed.observe();
  await first.feed.stop();
  expect(await topic.committed()).toBe(count);
}

test('what is committed between two questions does not make the topic look shorter than what was read', async () => {
  await topic.produce(5);
  const member = topic.member();
  await member.start();
  await takes(member, range(0, 5));
  let asked = 0;
  const admin = new Proxy(topic.admin, {
    get: (target, name) =>
      name === 'fetchTopicOffsets'
        ? async (...args: Parameters<Admin['fetchTopicOffsets']>) => {
            const ends = await target.fetchTopicOffsets(...args);
            if (asked++ > 0) return ends;
            await topic.produce(5);
            await takes(member, range(0, 10));
            await waitFor('the commit', async () => (await topic.committed()) === 10, WITHIN);
            return ends;
          }
        : (Reflect.get(target, name) as unknown),
  });
  const { partitions, lagEvents } = await topicProgress(admin, topic.name, topic.name);
  expect(partitions).toMatchObject([{ stored: 10, end: 10, lag: 0 }]);
  expect(lagEvents).toBe(0);
}, 90_000);

describe('changes that are not those that come next', () => {
  test('removed before they were applied: the partition stops, until the documents are made anew', async () => {
    await takenBefore(10);
    await topic.produce(20);
    await topic.truncate(15);
    const second = topic.member();
    await second.start();
    expect(await stalls(second)).toMatch(
      /the topic begins at 15, and the documents stand at 10.*readside rebuild/,
    );
    expect(second.taken).toEqual([]);
    await topic.forgetPosition();
    await takes(second, range(15, 30));
    expect(second.feed.stalled()).toBeNull();
  }, 90_000);

  test('removed while it stands idle at the end', async () => {
    await takenBefore(10);
    await topic.produce(5);
    await topic.truncate(15);
    const third = topic.member();
    await third.start();
    expect(await stalls(third)).toMatch(/begins at 15, and the documents stand at 10/);
  }, 90_000);

  test('a topic made anew, shorter than what was applied', async () => {
    await takenBefore(10);
    await topic.remake();
    await topic.produce(3);
    const second = topic.member();
    await second.start();
    expect(await stalls(second)).toMatch(/not the one that the documents were made from/);
    expect(second.taken).toEqual([]);
    await topic.forgetPosition();
    await takes(second, range(0, 3));
  }, 90_000);

  test('a topic made anew, grown past what was applied: its history is another', async () => {
    await takenBefore(10);
    await topic.remake();
    await topic.produce(30);
    const second = topic.member();
    await second.start();
    expect(await stalls(second)).toMatch(/not the one that the documents were made from/);
    expect(second.taken).toEqual([]);
  }, 90_000);
});

describe('what passes by itself', () => {
  test('a consumer that crashed on a broker that was away is followed by another', async () => {
    const link = await openLink('127.0.0.1', topic.port);
    const member = topic.member({ port: link.port });
    await topic.produce(5);
    await member.start();
    await takes(member, range(0, 5));
    await link.cut();
    await waitFor('the crash to be told', () => member.feed.stalled() !== null, WITHIN);
    expect(member.feed.stalled()).toMatch(/^Kafka: /);
    expect(member.feed.assigned()).toBeNull();
    await topic.produce(5);
    await link.restore();
    await waitFor('the rest', () => member.taken.includes(9), WITHIN);
    expect([...new Set(member.taken)]).toEqual(range(0, 10));
    expect(member.feed.stalled()).toBeNull();
    expect(member.crashes).toEqual([]);
    await member.feed.stop();
    await link.cut();
  }, 120_000);

  test('a member that comes while a batch is worked on: the batch is given up, and all is applied by one of them', async () => {
    const aborted: boolean[] = [];
    let begun = false;
    const first = topic.member({
      work: (_changes, signal) =>
        new Promise((resolve) => {
          begun = true;
          signal.addEventListener(
            'abort',
            () => {
              aborted.push(true);
              resolve();
            },
            { once: true },
          );
        }),
    });
    await topic.produce(5);
    await first.start();
    await waitFor('the batch', () => begun, WITHIN);
    const second = topic.member();
    await second.start();
    await waitFor('the batch to be given up', () => aborted.length > 0, WITHIN);
    await first.feed.stop();
    await waitFor('the other to apply it', () => second.taken.includes(4), WITHIN);
    expect(first.taken).toEqual([]);
    expect(second.taken).toEqual(range(0, 5));
  }, 120_000);
});

describe('what does not', () => {
  test('nothing moves while Kafka holds more: the process ends', async () => {
    let release: () => void = () => undefined;
    const member = topic.member({
      noProgressMs: 1500,
      work: () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    });
    await topic.produce(5);
    await member.start();
    await observedUntil('the end', member, () => member.crashes.length > 0);
    expect(member.crashes[0]?.message).toMatch(/nothing was fetched or applied for/);
    release();
  }, 60_000);

  test('it stays outside the group while Kafka answers others: the process ends', async () => {
    const link = await openLink('127.0.0.1', topic.port);
    const member = topic.member({ port: link.port, noProgressMs: 1500 });
    await member.start();
    await link.cut();
    await waitFor('the crash to be told', () => member.feed.assigned() === null, WITHIN);
    await observedUntil('the end', member, () => member.crashes.length > 0);
    expect(member.crashes[0]?.message).toMatch(/the consumer group was not joined for/);
  }, 120_000);

  test('a defect of the code ends the process, and nothing is committed', async () => {
    const member = topic.member({ work: () => Promise.reject(new TypeError('a defect')) });
    await topic.produce(5);
    await member.start();
    await waitFor('the end', () => member.crashes.length > 0, WITHIN);
    expect(member.crashes[0]).toEqual(new TypeError('a defect'));
    expect(await topic.committed()).toBe(-1);
  }, 60_000);
});

test('a connection that is idle sets no timers', async () => {
  const member = topic.member();
  await member.start();
  let negative = 0;
  const original = globalThis.setTimeout;
  const counting = Object.assign((...args: Parameters<typeof original>) => {
    if ((args[1] ?? 0) < 0) negative += 1;
    return original(...args);
  }, original);
  globalThis.setTimeout = counting;
  try {
    await topic.produce(1);
    await takes(member, [0]);
    for (let i = 0; i < 20; i++) await member.feed.observe();
  } finally {
    globalThis.setTimeout = original;
  }
  expect(negative).toBe(0);
}, 60_000);
