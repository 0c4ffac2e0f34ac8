/** What tests of the read API's cache ask: its figures, whether an answer was at hand, and whether a document ever goes back. */
import { until } from './read-api.ts';
import type { ReadAnswer, TestReadApi } from './read-api.ts';

const DEADLINE_MS = 60_000;

/** Of the metrics read_api_cache_…: `name` is what follows. */
export async function figure(api: TestReadApi, name: string): Promise<number> {
  const { text } = await api.ask('/metrics');
  return Number(new RegExp(`^read_api_cache_${name}\\S* (\\S+)$`, 'm').exec(text)?.[1]);
}

export async function untilFollowing(api: TestReadApi): Promise<void> {
  await until(
    'changes are told',
    () => figure(api, 'age_seconds'),
    (age) => age >= 0,
  );
}

/** Of documents, or of pages. */
export type Hits = 'hits_total' | 'page_hits_total';

/** Resolves with an answer that was at hand. */
export async function untilHeld(
  api: TestReadApi,
  path: string,
  hits: Hits = 'hits_total',
  headers: Readonly<Record<string, string>> = {},
): Promise<ReadAnswer> {
  const { answer } = await until(
    `${path} at hand`,
    async () => {
      const before = await figure(api, hits);
      return { answer: await api.ask(path, headers), isHeld: (await figure(api, hits)) > before };
    },
    ({ isHeld }) => isHeld,
  );
  return answer;
}

/** A path that shows a document, and the version in which it does. */
export type Way = readonly [path: string, versionIn: (answer: ReadAnswer) => number];

/**
 * Reads by all `ways` at once while `plant` makes one version after the other, until more than fifty were shown, and fifty answers were at hand.
 * Returns the last version that was. @throws Error where a later read shows an earlier one, and when it takes too long.
 */
export async function readWhileChanged(
  api: TestReadApi,
  plant: (version: number) => Promise<void>,
  ways: readonly Way[],
  countHits: Hits = 'hits_total',
): Promise<number> {
  const deadline = Date.now() + DEADLINE_MS;
  await plant(0);
  const hitsBefore = await figure(api, countHits);
  let shown = 0;
  let hits = 0;
  const goesOn = (): boolean => {
    if (Date.now() > deadline) throw new Error(`only ${shown} versions were shown, ${hits} from the cache`);
    return shown <= 50 || hits <= 50;
  };
  const reader = async ([path, versionIn]: Way): Promise<void> => {
    while (goesOn()) {
      const before = shown;
      const version = versionIn(await api.ask(path));
      if (!(version >= before)) throw new Error(`${path} shows ${version} after ${before} was shown`);
      shown = Math.max(shown, version);
      await new Promise(setImmediate);
    }
  };
  const writer = async (): Promise<void> => {
    for (let version = 1; goesOn(); version++) {
      await plant(version);
      hits = (await figure(api, countHits)) - hitsBefore;
      await new Promise((resolve) => {
        setTimeout(resolve, version % 7);
      });
    }
  };
  await Promise.all([writer(), ...ways.map(reader)]);
  return shown;
}
