/**
 * The documents that were saved last, as bytes, so that the next change of one needs no lookup. What is taken out is gone: only a
 * save that succeeded puts a document back, so whatever goes wrong in between leaves nothing stale.
 *
 * A document that another writer has moved on is stale here, and the fence finds that out (invariant 4). What the fence cannot see is a
 * rebuild: documents made anew may stand at the same offsets. It swaps them while no projector has a session, so each
 * session sees only what it has saved itself.
 */
import type { StoredDocument, SyncState } from '../shared/stored-document.ts';
import { unpackDocument } from './packed-document.ts';

export interface DocumentCache {
  /** As one session sees it; `session` stands for it. */
  of(session: object): SessionCache;
  /** Bytes of the documents that it holds. */
  size(): number;
}

export interface SessionCache {
  take(id: string): StoredDocument | undefined;
  /** `bytes` are copied. */
  put(document: StoredDocument, bytes: Buffer): void;
}

interface Entry {
  readonly session: object;
  readonly bytes: Buffer;
  readonly sync: SyncState;
}

/** For a few small objects beside the bytes. */
const OVERHEAD_BYTES = 400;

export function createDocumentCache(maxBytes: number): DocumentCache {
  // In the order in which they were put.
  const entries = new Map<string, Entry>();
  let size = 0;

  function remove(id: string): Entry | undefined {
    const entry = entries.get(id);
    if (entry === undefined) return undefined;
    entries.delete(id);
    size -= entry.bytes.length + OVERHEAD_BYTES;
    return entry;
  }

  return {
    size: () => size,
    of: (session) => ({
      take(id) {
        const entry = remove(id);
        return entry?.session === session ? unpackDocument(entry.bytes, entry.sync) : undefined;
      },
      put({ _id, _sync }, bytes) {
        remove(_id);
        entries.set(_id, { session, bytes: Buffer.from(bytes), sync: _sync });
        size += bytes.length + OVERHEAD_BYTES;
        for (const id of entries.keys()) {
          if (size <= maxBytes) break;
          remove(id);
        }
      },
    }),
  };
}
