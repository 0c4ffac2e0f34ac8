/** The read API's cache: what it keeps, and that no reader sees a document go back (invariant 3), whatever overtakes what. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Timestamp } from 'mongodb';
import { createAllowance } from '../../services/read-api/cache/change-watch.ts';
import { createDocumentCache } from '../../services/read-api/cache/document-cache.ts';
import { resumeTime } from '../../services/read-api/cache/resume-time.ts';
import { IDS, createReaders, foundAt } from '../support/cache-model.ts';
import type { Readers } from '../support/cache-model.ts';

const STEPS = {
  write: ({ server }, i) => server.write(IDS[i % IDS.length] ?? 'a'),
  commit: ({ server }) => server.commit(),
  lookUp: ({ lookUp }, i) => lookUp(IDS.filter((_, n) => ((i % 3) + 1) & (1 << n))),
  execute: ({ execute }, i) => execute(i),
  arrive: ({ arrive }, i) => arrive(i),
  get: ({ get }, i) => get(IDS[i % IDS.length] ?? 'a'),
  tell: ({ tell }) => tell(),
  list: ({ list }) => list(),
  listBy: ({ listBy }, i) => listBy(i % 2 === 0 ? 0 : 1),
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
  list: 2,
  listBy: 4,
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
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const readers = createReaders();
      readers.readTime();
      readers.begin();
      for (const [name, i] of steps) STEPS[name as keyof typeof STEPS](readers, i);
      hits += readers.hits();
    }),
    { numRuns: 5000 },
  );
  expect(hits).toBeGreaterThan(1000);
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
    expect(cache.get('a')).toEqual(foundAt(1));
    server.write('a');
    server.commit();
    expect(cache.get('a')).toEqual(foundAt(1));
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
      expect(cache.get('a')).toEqual(foundAt(1));
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

  test('is doubted after a page from later than what was told, and trusted when that is told', () => {
    const { lookUp, arrive, cache, server, list, tell } = begun();
    lookUp(['a']);
    arrive(0);
    server.write('b');
    server.commit();
    list();
    arrive(0);
    expect(cache.get('a')).toBeNull();
    tell();
    expect(cache.get('a')).toEqual(foundAt(1));
  });

  test('is doubted after a list that it was in, or is not in any more, and not after another', () => {
    const { lookUp, arrive, cache, server, listBy, tell } = begun();
    server.write('b');
    server.commit();
    tell();
    lookUp(['a']);
    arrive(0);
    server.write('b');
    server.commit();
    listBy(0);
    arrive(0);
    expect(cache.get('a')).toEqual(foundAt(1));
    listBy(1);
    arrive(0);
    expect(cache.get('a')).toBeNull();
    tell();
    expect(cache.get('a')).toEqual(foundAt(1));
    server.write('a');
    server.commit();
    listBy(1);
    arrive(0);
    expect(cache.get('a')).toBeNull();
  });
});

test('after a list there is doubt until the change stream has come as far as it, and not as far as an earlier one', () => {
  const { lookUp, arrive, cache, server, listBy, tell, readTime, begin } = createReaders();
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
    listBy(1);
    arrive(0);
  }
  tell();
  expect(cache.get('a')).toBeNull();
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
