/** Documents that are listened to, where lookups are slow or fail: what befalls one of them befalls nobody who listens to another. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createWatchedDocuments } from '../../services/read-api/events/watched-documents.ts';
import type { Listener, Seen, WatchedDocuments } from '../../services/read-api/events/watched-documents.ts';
import { waitFor } from '../../stack/wait.ts';

const DEADLINE = { timeoutMs: 5000, intervalMs: 1 };

let watched: WatchedDocuments;
/** Ids whose lookups fail, or do not come to an end. */
const failing = new Set<string>();
const hanging = new Map<string, Array<() => void>>();
const versions = new Map<string, number>();
/** Lookups of each that are made at this moment, and the most that were. */
const atOnce = new Map<string, number>();
let mostAtOnce = 0;

function start(): void {
  watched = createWatchedDocuments({
    async look(id) {
      atOnce.set(id, (atOnce.get(id) ?? 0) + 1);
      mostAtOnce = Math.max(mostAtOnce, atOnce.get(id) ?? 0);
      const seen = seenOf(id);
      try {
        if (failing.has(id)) throw new Error(`${id} cannot be looked up`);
        await new Promise<void>((resolve) => {
          const waiting = hanging.get(id);
          if (waiting) waiting.push(resolve);
          else setImmediate(resolve);
        });
        return seen;
      } finally {
        atOnce.set(id, (atOnce.get(id) ?? 0) - 1);
      }
    },
    async marks(ids) {
      return new Map(ids.map((id) => [id, String(versions.get(id) ?? 0)]));
    },
    pollMs: 5,
    logger: pino({ level: 'silent' }),
  });
}

function seenOf(id: string): Seen {
  const etag = `"${versions.get(id) ?? 0}"`;
  return { found: { body: id, told: '', etag, version: null } as unknown as Seen['found'], asOf: null };
}

function listen(id: string): {
  readonly heard: string[];
  readonly refused: unknown[];
  readonly leave: () => void;
} {
  const heard: string[] = [];
  const refused: unknown[] = [];
  const listener: Listener = {
    next: ({ found }) => void heard.push(found?.etag ?? 'none'),
    failed: (error) => void refused.push(error),
  };
  return { heard, refused, leave: watched.listen(id, listener) };
}

afterEach(async () => {
  for (const waiting of hanging.values()) for (const resolve of waiting) resolve();
  failing.clear();
  hanging.clear();
  versions.clear();
  await watched.stop();
});

describe.each([
  ['told', true],
  ['asked for', false],
])('while changes are %s', (_how, areTold) => {
  const begin = (): void => {
    start();
    if (areTold) watched.news.begun();
  };
  const change = (id: string): void => {
    versions.set(id, (versions.get(id) ?? 0) + 1);
    if (areTold) watched.news.changed(id);
  };

  test('a lookup that fails refuses those who came to its document, and nobody else', async () => {
    begin();
    hanging.set('slow', []);
    failing.add('broken');
    const slow = listen('slow');
    const broken = listen('broken');
    await waitFor('the refusal', () => broken.refused.length > 0, DEADLINE);
    expect(broken.heard).toEqual([]);
    broken.leave();
    const other = listen('fine');
    await waitFor('the other one', () => other.heard.length === 1, DEADLINE);
    expect([slow.refused, slow.heard, other.refused]).toEqual([[], [], []]);
    for (const resolve of hanging.get('slow') ?? []) resolve();
    hanging.delete('slow');
    await waitFor('the slow one', () => slow.heard.length === 1, DEADLINE);
  });

  test('a slow lookup delays those of its document alone', async () => {
    begin();
    hanging.set('slow', []);
    const slow = listen('slow');
    const quick = listen('quick');
    for (let version = 1; version <= 5; version++) {
      change('quick');
      await waitFor('the change', () => quick.heard.at(-1) === `"${version}"`, DEADLINE);
    }
    expect(slow.heard).toEqual([]);
  });

  test('whoever was told something stays while lookups fail, and is told what changed meanwhile', async () => {
    begin();
    const one = listen('one');
    await waitFor('the first', () => one.heard.length === 1, DEADLINE);
    failing.add('one');
    change('one');
    const newcomer = listen('one');
    await waitFor('the refusal', () => newcomer.refused.length > 0, DEADLINE);
    newcomer.leave();
    failing.clear();
    await waitFor('the change', () => one.heard.at(-1) === '"1"', DEADLINE);
    expect(one.refused).toEqual([]);
  });

  test('of a change during a lookup the next one tells', async () => {
    begin();
    hanging.set('one', []);
    const one = listen('one');
    await waitFor('the lookup', () => hanging.get('one')?.length === 1, DEADLINE);
    change('one');
    const [first] = hanging.get('one') ?? [];
    hanging.delete('one');
    first?.();
    await waitFor('the change', () => one.heard.at(-1) === '"1"', DEADLINE);
    expect(one.heard).toEqual(['"0"', '"1"']);
  });
});

test('in all of that no document was looked up twice at once', () => {
  expect(mostAtOnce).toBe(1);
});
