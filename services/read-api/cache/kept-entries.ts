/** Entries within a number of bytes. Pure. */

export interface KeptEntries<E extends Kept> {
  /** It counts as used. */
  use(key: string): E | undefined;
  get(key: string): E | undefined;
  /** In place of what was kept of the key. One that takes more than an eighth of all bytes is not kept. */
  keep(key: string, entry: E): void;
  drop(key: string): void;
  clear(): void;
  readonly bytes: () => number;
  readonly size: () => number;
}

export interface Kept {
  readonly bytes: number;
}

interface Slot<E> {
  readonly entry: E;
  /** Since it was last considered for eviction. */
  isUsed: boolean;
}

/** `onDropped` hears of each that goes, except by `clear`. */
export function createKeptEntries<E extends Kept>(
  maxBytes: number,
  onDropped: (key: string, entry: E) => void = () => undefined,
): KeptEntries<E> {
  const slots = new Map<string, Slot<E>>();
  let bytes = 0;

  function drop(key: string): void {
    const slot = slots.get(key);
    if (slot) forget(key, slot);
  }

  function forget(key: string, { entry }: Slot<E>): void {
    slots.delete(key);
    bytes -= entry.bytes;
    onDropped(key, entry);
  }

  /** The oldest goes, but who was used since it was last looked at gets another turn: a hit moves nothing. */
  function evict(): void {
    for (const [key, slot] of slots) {
      if (bytes <= maxBytes) return;
      if (slot.isUsed) {
        slot.isUsed = false;
        slots.delete(key);
        slots.set(key, slot);
      } else forget(key, slot);
    }
  }

  return {
    use(key) {
      const slot = slots.get(key);
      if (!slot) return undefined;
      slot.isUsed = true;
      return slot.entry;
    },
    get: (key) => slots.get(key)?.entry,
    keep(key, entry) {
      drop(key);
      if (entry.bytes > maxBytes / 8) return;
      slots.set(key, { entry, isUsed: false });
      bytes += entry.bytes;
      evict();
    },
    drop,
    clear() {
      slots.clear();
      bytes = 0;
    },
    bytes: () => bytes,
    size: () => slots.size,
  };
}
