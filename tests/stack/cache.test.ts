import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { deferred } from '../../stack/deferred.ts';
import { cached, cacheRoot, isCached, type CacheEntry } from '../../stack/embedded/cache.ts';
import { verifySha256 } from '../../stack/embedded/checksums.ts';
import { downloadedBytes } from '../../stack/embedded/java-libraries.ts';
import { eventLog, makeFolder, temporaryFolder } from './support.ts';

function entry(fill: CacheEntry['fill']): CacheEntry {
  return { name: 'thing', key: 'abc', fill };
}

test('a download that fails half-way is not used, and the next one starts from nothing', async () => {
  const options = { root: temporaryFolder(), onEvent: eventLog().onEvent };
  const broken = entry(async (folder) => {
    await writeFile(join(folder, 'half'), 'x');
    throw new Error('the line is down');
  });
  await expect(cached(broken, options)).rejects.toThrow('the line is down');
  expect(isCached(options.root, broken)).toBe(false);
  expect(readdirSync(options.root)).toEqual([]);

  const path = await cached(
    entry((folder) => writeFile(join(folder, 'whole'), 'y')),
    options,
  );
  expect(readdirSync(path)).toEqual(['whole']);
});

test('what a killed run left half-filled is not used, and is removed', async () => {
  const options = { root: temporaryFolder(), onEvent: eventLog().onEvent };
  const part = makeFolder(options.root, '.thing-abc.part-XXXXXX');
  writeFileSync(join(part, 'half'), 'x');
  writeFileSync(
    join(options.root, 'thing-abc.lock'),
    JSON.stringify({ pid: process.pid, started: 'a boot long ago/7' }),
  );
  const path = await cached(
    entry((folder) => writeFile(join(folder, 'whole'), 'y')),
    options,
  );
  expect(readFileSync(join(path, 'whole'), 'utf8')).toBe('y');
  expect(existsSync(part)).toBe(false);
});

test('two runs at once fill an entry once', async () => {
  const events = eventLog();
  const options = { root: temporaryFolder(), onEvent: events.onEvent };
  let fills = 0;
  const finished = deferred();
  const slow = entry(async (folder) => {
    fills += 1;
    await finished.promise;
    await writeFile(join(folder, 'whole'), String(fills));
  });
  const first = cached(slow, options);
  await events.until('installing', 1);
  const second = cached(slow, options);
  await events.until('waiting', 1);
  finished.resolve();
  expect(await second).toBe(await first);
  expect(fills).toBe(1);
});

test('a file that is not the pinned one is refused', async () => {
  const path = join(temporaryFolder(), 'mongod.whl');
  writeFileSync(path, 'something else');
  await expect(verifySha256(path, '0'.repeat(64))).rejects.toThrow(
    /mongod\.whl has the checksum .* it is not used/,
  );
});

test('the cache is the one of the user', () => {
  expect(cacheRoot({ XDG_CACHE_HOME: '/somewhere', HOME: '/home/me' })).toBe('/somewhere/readside');
  // A relative one is to be ignored, says the XDG specification.
  expect(cacheRoot({ XDG_CACHE_HOME: 'cache', HOME: '/home/me' })).toBe('/home/me/.cache/readside');
  expect(cacheRoot({ HOME: '/home/me' })).toBe('/home/me/.cache/readside');
});

test("Maven's progress is read from its own lines", () => {
  expect(downloadedBytes('[INFO] Downloaded from central: x/kafka-clients.jar (10 MB at 6.2 MB/s)')).toBe(
    10_000_000,
  );
  expect(downloadedBytes('Downloaded from central: x/y.pom (45 kB at 165 kB/s)')).toBe(45_000);
  expect(downloadedBytes('[INFO] Downloading from central: x/y.pom')).toBeUndefined();
});
