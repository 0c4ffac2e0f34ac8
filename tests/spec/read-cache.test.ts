/** The read API's cache: what it keeps, and that no reader sees a document go back (invariant 3), whatever overtakes what. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Timestamp } from 'mongodb';
import { createAllowance } from '../../services/read-api/cache/change-watch.ts';
import { createDocumentCache } from '../../services/read-api/cache/document-cache.ts';
import { createPageCache } from '../../services/read-api/cache/page-cache.ts';
import { resumeTime } from '../../services/read-api/cache/resume-time.ts';
import { IDS, QUESTIONS, createReaders, foundAt } from '../support/cache-model.ts';
import type { Readers } from '../support/cache-model.ts';

const STEPS = {
  write: ({ server }, i) => server.write(IDS[i % IDS.length] ?? 'a'),
  commit: ({ server }) => server.commit(),
  lookUp: ({ lookUp }, i) => lookUp(IDS.filter((_, n) => ((i % 7) + 1) & (1 << n))),
  execute: ({ execute }, i) => execute(i),
  arrive: ({ arrive }, i) => arrive(i),
  get: ({ get }, i) => get(IDS[i % IDS.length] ?? 'a'),
  tell: ({ tell }) => tell(),
  count: ({ count }) => count(),
  list: ({ list }, i) => list(QUESTIONS[i % QUESTIONS.length] ?? {}),
  getPage: ({ getPage }, i) => void getPage(QUESTIONS[i % QUESTIONS.length] ?? {}),
  readTime: ({ readTime }) => readTime(),
  begin: ({ begin }) => begin(),
  lose: ({ lose }) => lose(),
} satisfies Record<string, (readers: Readers, i: number) => void>;

const WEIGHTS = {
  write: 6,
  commit: 6,
  tell: 6,
  lookUp: 8,
  execute: 4,
  arrive: 10,
  get: 20,
  count: 1,
  list: 8,
  getPage: 20,
  readTime: 3,
  begin: 3,
  lose: 1,
} satisfies Record<keyof typeof STEPS, number>;

const step = fc.tuple(
  fc.oneof(...Object.entries(WEIGHTS).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name) }))),
  fc.nat(20),
);

test('whatever overtakes what, no reader sees a document go back, and as much is proven as is claimed', () => {
  let hits = 0;
  let pageHits = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const readers = createReaders();
      readers.readTime();
      readers.begin();
      for (const [name, i] of steps) STEPS[name as keyof typeof STEPS](readers, i);
      hits += readers.hits();
      pageHits += readers.pageHits();
    }),
    { numRuns: 10_000 },
  );
  expect(hits).toBeGreaterThan(1000);
  expect(pageHits).toBeGreaterThan(1000);
});

describe('one document', () => {
  function begun(): Readers {
    const readers = createReaders();
    readers.readTime();
    readers.begin();
    readers.server.write('a');
    readers.server.commit();
    readers.tell();
    return readers;
  }

  test('is kept after its lookup, until its change is told', () => {
    const { lookUp, arrive, cache, server, tell } = begun();
    lookUp(['a']);
    expect(cache.get('a')).toBeNull();
    arrive(0);
    expect(cache.get('a')).toEqual(foundAt('a', 1));
    server.write('a');
    server.commit();
    expect(cache.get('a')).toEqual(foundAt('a', 1));
    tell();
    expect(cache.get('a')).toBeNull();
  });

  test('is not kept when its change is told while it is looked up', () => {
    const { lookUp, execute, arrive, cache, server, tell } = begun();
    lookUp(['a', 'b']);
    execute(0);
    server.write('a');
    server.commit();
    tell();
    arrive(0);
    expect(cache.get('a')).toBeNull();
  });

  test('that everybody asks for is kept although lookups of it never end', () => {
    const { lookUp, arrive, cache } = begun();
    lookUp(['a']);
    for (let i = 0; i < 10; i++) {
      lookUp(['a']);
      arrive(0);
      expect(cache.get('a')).toEqual(foundAt('a', 1));
    }
  });

  test('is gone with the change stream', () => {
    const { lookUp, arrive, cache, lose, begin, readTime } = begun();
    lookUp(['a']);
    arrive(0);
    lose();
    expect([cache.get('a'), cache.provenUntil(), cache.figures().documents]).toEqual([null, null, 0]);
    readTime();
    begin();
    expect(cache.get('a')).toBeNull();
  });

  test('is doubted after a count from later than what was told, and trusted when that is told', () => {
    const { lookUp, arrive, cache, server, count, tell } = begun();
    lookUp(['a']);
    arrive(0);
    server.write('b');
    server.commit();
    count();
    arrive(0);
    expect(cache.get('a')).toBeNull();
    tell();
    expect(cache.get('a')).toEqual(foundAt('a', 1));
  });

  test('is doubted after a list that it was in, or is not in any more, and not after another', () => {
    const { lookUp, arrive, cache, server, list, tell } = begun();
    server.write('b');
    server.commit();
    tell();
    lookUp(['a']);
    arrive(0);
    server.write('b');
    server.commit();
    list({ odd: 0 });
    arrive(0);
    expect(cache.get('a')).toEqual(foundAt('a', 1));
    list({ odd: 1 });
    arrive(0);
    expect(cache.get('a')).toBeNull();
    tell();
    expect(cache.get('a')).toEqual(foundAt('a', 1));
    server.write('a');
    server.commit();
    list({ odd: 1 });
    arrive(0);
    expect(cache.get('a')).toBeNull();
  });
});

test('after a list there is doubt until the change stream has come as far as it, and not as far as an earlier one', () => {
  const { lookUp, arrive, cache, server, list, tell, readTime, begin } = createReaders();
  readTime();
  begin();
  server.write('a');
  server.commit();
  tell();
  lookUp(['a']);
  arrive(0);
  for (const id of ['b', 'a']) {
    server.write(id);
    server.commit();
    list({ odd: 1 });
    arrive(0);
  }
  tell();
  expect(cache.get('a')).toBeNull();
});

describe("a page of an owner's list", () => {
  const X = { owner: 'X' } as const;
  const Y = { owner: 'Y' } as const;
  const ITEM = { items: ['a 1'], next: null, degraded: false };

  /** `a` is live, and X's page is kept. */
  function begun(): Readers {
    const readers = createReaders();
    const { readTime, begin, server, tell, list, arrive } = readers;
    readTime();
    begin();
    server.write('a');
    server.commit();
    tell();
    list(X);
    arrive(0);
    return readers;
  }
  const change = ({ server }: Readers, id: string): void => {
    server.write(id);
    server.commit();
  };

  test('is kept until a change of any of their documents is told, and goes with no change of another', () => {
    const readers = begun();
    expect(readers.getPage(X)).toEqual(ITEM);
    change(readers, 'c');
    readers.tell();
    expect(readers.getPage(X)).toEqual(ITEM);
    change(readers, 'b');
    expect(readers.getPage(X)).toEqual(ITEM);
    readers.tell();
    expect([readers.getPage(X), readers.cache.figures().pages]).toEqual([null, 0]);
  });

  test('goes with a document on it of which nothing is known any more', () => {
    const readers = begun();
    for (const state of [2, 3]) {
      change(readers, 'a');
      if (state === 3) readers.tell();
    }
    expect([readers.getPage(X), readers.cache.figures().pages]).toEqual([null, 0]);
  });

  test('is not kept where a document on it went over to another owner while it was looked up', () => {
    const readers = begun();
    for (const state of ['Y', 'X']) {
      change(readers, 'c');
      readers.tell();
      if (state === 'X') break;
      expect(readers.getPage(X)).toEqual(ITEM);
    }
    // Now theirs, and kept by nobody.
    expect(readers.getPage(X)).toBeNull();
    readers.list(X);
    readers.execute(0);
    for (let i = 0; i < 2; i++) change(readers, 'c');
    readers.tell();
    readers.tell();
    readers.arrive(0);
    expect(readers.getPage(X)).toBeNull();
  });

  test("is doubted after another's page has shown a document that was on it", () => {
    const readers = begun();
    for (let i = 0; i < 2; i++) {
      change(readers, 'c');
      readers.tell();
    }
    readers.list(X);
    readers.arrive(0);
    expect(readers.getPage(X)?.items).toEqual(['a 1', 'c 2']);
    for (let i = 0; i < 2; i++) change(readers, 'c');
    readers.list(Y);
    readers.arrive(0);
    expect(readers.getPage(X)).toBeNull();
  });

  test('is not kept when a change is told while it is looked up', () => {
    for (const id of ['b', 'a']) {
      const readers = begun();
      readers.list({ ...X, odd: 1 });
      readers.execute(0);
      for (let i = 0; i < (id === 'a' ? 2 : 1); i++) change(readers, id);
      readers.tell();
      readers.arrive(0);
      expect(readers.getPage({ ...X, odd: 1 })).toBeNull();
    }
  });

  test.each<readonly [what: string, isDoubted: boolean, show: (readers: Readers) => void]>([
    ['a document of theirs', true, ({ lookUp }) => lookUp(['a'])],
    ["another's document", false, ({ lookUp }) => lookUp(['c'])],
    ['another of their lists', true, ({ list }) => list({ ...X, odd: 1 })],
    ["another's list", false, ({ list }) => list(Y)],
    ["a list of everybody's", true, ({ list }) => list({ odd: 0 })],
    ['a count', true, ({ count }) => count()],
  ])('after %s from later than what was told is doubted: %s', (_, isDoubted, show) => {
    const readers = begun();
    change(readers, 'c');
    show(readers);
    readers.arrive(0);
    expect(readers.getPage(X) === null).toBe(isDoubted);
    readers.tell();
    expect(readers.getPage(X)).toEqual(ITEM);
  });

  test('is doubted no longer than until its own doubt is over, whatever was shown later of others', () => {
    const readers = begun();
    change(readers, 'c');
    readers.list({ ...X, odd: 1 });
    readers.arrive(0);
    change(readers, 'b');
    readers.list(Y);
    readers.arrive(0);
    expect(readers.getPage(X)).toBeNull();
    readers.tell();
    expect(readers.getPage(X)).toEqual(ITEM);
  });

  test('is doubted after a document on it was found gone', () => {
    const readers = begun();
    for (const id of ['a', 'a']) change(readers, id);
    readers.lookUp(['a']);
    readers.arrive(0);
    expect(readers.getPage(X)).toBeNull();
  });

  test('is gone with the change stream, and not kept by a lookup from before', () => {
    const readers = begun();
    readers.list({ ...X, odd: 1 });
    readers.lose();
    readers.readTime();
    readers.begin();
    readers.tell();
    readers.arrive(0);
    expect([readers.cache.figures().pages, readers.getPage(X)]).toEqual([0, null]);
  });

  test('takes no more than the bytes that there are, and leaves nothing behind where it goes', () => {
    const pages = createPageCache<string>({ maxBytes: 80, sizeOf: () => 10 });
    for (let i = 0; i < 20; i++) pages.depart(`question ${i}`, 'X', true).arrived(`page ${i}`, ['a']);
    expect([pages.bytes(), pages.size()]).toEqual([80, 8]);
    expect([pages.get('question 11'), pages.get('question 12')]).toEqual([null, 'page 12']);
    pages.changed('a', null);
    expect([pages.bytes(), pages.size()]).toEqual([0, 0]);
  });
});

test('an answer is never older than the bound, though the change stream says nothing any more', () => {
  let now = 0;
  const readers = createReaders({ now: () => now });
  readers.readTime();
  readers.begin();
  readers.server.write('a');
  readers.server.commit();
  readers.tell();
  readers.lookUp(['a']);
  readers.arrive(0);
  now = 100;
  expect(readers.cache.get('a')).not.toBeNull();
  now = 101;
  expect([readers.cache.get('a'), readers.cache.provenUntil()]).toEqual([null, null]);
});

describe('within its bytes', () => {
  const create = () =>
    createDocumentCache<string>({
      maxBytes: 80,
      sizeOf: () => 10,
      traitsOf: () => [],
      same: (a, b) => a === b,
    });
  const keep = (cache: ReturnType<typeof create>, id: string): void =>
    cache.depart([id], true).arrived(new Map([[id, id]]));

  test('what was used stays, and the oldest that was not goes', () => {
    const cache = create();
    for (let i = 0; i < 8; i++) keep(cache, `id-${i}`);
    for (const i of [0, 2]) cache.get(`id-${i}`);
    for (const i of [8, 9]) keep(cache, `id-${i}`);
    const kept = Array.from({ length: 10 }, (_, i) => i).filter((i) => cache.get(`id-${i}`) !== null);
    expect([kept, cache.bytes(), cache.size()]).toEqual([[0, 2, 4, 5, 6, 7, 8, 9], 80, 8]);
  });

  test('one that would take an eighth of them and more is not kept', () => {
    const cache = createDocumentCache<string>({
      maxBytes: 79,
      sizeOf: () => 10,
      traitsOf: () => [],
      same: () => true,
    });
    cache.depart(['a'], true).arrived(new Map([['a', 'a']]));
    expect([cache.get('a'), cache.bytes()]).toEqual([null, 0]);
  });

  test('a document that is not there any more is not kept', () => {
    const cache = create();
    keep(cache, 'a');
    cache.depart(['a'], true).arrived(new Map());
    expect([cache.get('a'), cache.bytes()]).toEqual([null, 0]);
  });
});

test('a resume token tells its cluster time', () => {
  const token = { _data: '826744A2F1000000072B0229296E1404' };
  expect(resumeTime(token)?.equals(new Timestamp({ t: 0x6744a2f1, i: 7 }))).toBe(true);
  for (const other of [null, undefined, {}, { _data: 'x' }, { _data: '8367' }, 'text'])
    expect(resumeTime(other)).toBeNull();
});

test('so many changes a second are followed, and no more', () => {
  const mayChange = createAllowance(10);
  expect([mayChange(6, 0), mayChange(4, 500), mayChange(1, 900), mayChange(10, 1001)]).toEqual([
    true,
    true,
    false,
    true,
  ]);
});
