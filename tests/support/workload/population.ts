import type { Random } from '../../../services/shared/random.ts';

/** The users that a workload made and has not deleted, the last version acknowledged for each, and those that were deleted. */
export interface Population {
  any(random: Random): string | undefined;
  acknowledged(id: string, version: number): void;
  deleted(id: string): void;
  /** A delete whose outcome nobody was told: nothing more can be claimed of this user. */
  uncertain(id: string): void;
  readonly versions: ReadonlyMap<string, number>;
  readonly gone: ReadonlySet<string>;
}

export function createPopulation(): Population {
  const versions = new Map<string, number>();
  const gone = new Set<string>();
  const doubtful = new Set<string>();
  let ids: string[] = [];
  const forget = (id: string): void => {
    versions.delete(id);
    ids = ids.filter((each) => each !== id);
  };
  return {
    any: (random) => random.pick(ids),
    acknowledged(id, version) {
      if (gone.has(id) || doubtful.has(id)) return;
      if (!versions.has(id)) ids.push(id);
      versions.set(id, Math.max(version, versions.get(id) ?? 0));
    },
    deleted(id) {
      gone.add(id);
      forget(id);
    },
    uncertain(id) {
      doubtful.add(id);
      forget(id);
    },
    versions,
    gone,
  };
}
