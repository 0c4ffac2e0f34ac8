/**
 * Specifications of a projection for one document:  `given(changes).when(change).then(document)`.
 * The fold is the projector's own (pure-projector.ts), so a document is what the read API would serve.
 */
import { expect } from '@jest/globals';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import type { ChangeEvent, Op, RawRow } from '../../services/shared/projection/change-event.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { createPureProjector } from './pure-projector.ts';
import type { PureProjector } from './pure-projector.ts';
import { differences } from './same-json.ts';

export interface Outcome {
  /** The whole document, as a value or as JSON text (where its numbers need it). */
  readonly then: (document: object | string) => void;
  /** These fields, whatever the others. */
  readonly thenHas: (fields: object) => void;
  /** Children wait for their root: a document is stored, none is served. */
  readonly thenPending: () => void;
  /** A tombstone: nothing is served, and nothing of the content is kept. */
  readonly thenDeleted: () => void;
  /** The document is as it was given. */
  readonly thenUnchanged: () => void;
  /** It is quarantined with this error; the document is as it was given. */
  readonly thenRefused: (message: string | RegExp) => void;
}

export interface Spec {
  readonly given: (...changes: readonly ChangeEvent[]) => {
    readonly when: (...changes: readonly ChangeEvent[]) => Outcome;
  };
}

const PARTITION = 0;

/** `id`: the document that the specifications are about. */
export function specOf(projection: Projection, id: string): Spec {
  return {
    given: (...past) => ({
      when: (...changes) => {
        const projector = createPureProjector(projection);
        deliver(projector, 0, past);
        const before = projector.stored(id);
        return outcome(projector, id, before, () => deliver(projector, past.length, changes));
      },
    }),
  };
}

function deliver(projector: PureProjector, from: number, changes: readonly ChangeEvent[]): void {
  projector.deliverDecoded(
    PARTITION,
    changes.map((change, i) => ({ offset: from + i, change })),
  );
}

function outcome(projector: PureProjector, id: string, before: unknown, act: () => void): Outcome {
  return {
    // Not a promise, though it is called then: the word is the specification's, and nobody awaits it.
    // oxlint-disable-next-line unicorn/no-thenable
    then(document) {
      act();
      const expected = typeof document === 'string' ? parseLossless(document) : document;
      expect(projector.phase(id)).toBe('live');
      expect(differences(expected, projector.served(id))).toEqual([]);
    },
    thenHas(fields) {
      act();
      expect(projector.served(id)).toMatchObject(fields);
    },
    thenPending() {
      act();
      expect(projector.phase(id)).toBe('pending');
      expect(projector.served(id)).toBeNull();
    },
    thenDeleted() {
      act();
      expect(projector.phase(id)).toBe('deleted');
      expect(projector.served(id)).toBeNull();
      expect(Object.keys(projector.stored(id) ?? {})).toEqual(['_id', '_sync']);
    },
    thenUnchanged() {
      act();
      expect(contentOf(projector.stored(id))).toEqual(contentOf(before));
    },
    thenRefused(message) {
      const said =
        typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message);
      act();
      expect(projector.stored(id)?._sync.quarantine?.error).toEqual(said);
      if (before === undefined) expect(projector.served(id)).toBeNull();
      else expect(contentOf(projector.stored(id))).toEqual(contentOf(before));
    },
  };
}

function contentOf(stored: unknown): unknown {
  const { _sync, ...content } = stored as { readonly _sync: { readonly phase: string } };
  return { ...content, phase: _sync.phase };
}

/** Changes of one table to one document, as Debezium would send them. Rows by their SQL columns. */
export function changesOf(table: string, key: string) {
  const change = (op: Op, before: RawRow | null, after: RawRow | null): ChangeEvent => ({
    table,
    key,
    op,
    before,
    after,
    source: { lsn: 1, txId: 1, committedAt: 1_764_000_000_000_000, snapshot: op === 'r' },
  });
  return {
    created: (row: RawRow): ChangeEvent => change('c', null, row),
    updated: (before: RawRow, after: RawRow): ChangeEvent => change('u', before, after),
    deleted: (row: RawRow): ChangeEvent => change('d', row, null),
    read: (row: RawRow): ChangeEvent => change('r', null, row),
    change,
  };
}
