/** Several values of one key. Pure. */

export interface MultiMap<T> {
  add(key: string, value: T): void;
  remove(key: string, value: T): void;
  /** As they are now. */
  of(key: string): readonly T[];
  clear(): void;
}

export function createMultiMap<T>(): MultiMap<T> {
  const sets = new Map<string, Set<T>>();
  return {
    add(key, value) {
      const set = sets.get(key);
      if (set) set.add(value);
      else sets.set(key, new Set([value]));
    },
    remove(key, value) {
      const set = sets.get(key);
      set?.delete(value);
      if (set?.size === 0) sets.delete(key);
    },
    of: (key) => [...(sets.get(key) ?? [])],
    clear: () => sets.clear(),
  };
}
