/** Where a delivery is cut so that no document shows half of a transaction (invariant 10). */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DecodedChange } from '../../services/projector/decode.ts';
import { cutAtTransaction, MAX_TAIL } from '../../services/projector/transaction-tail.ts';
import { ChangeError } from '../../services/shared/projection/change-event.ts';
import type { Op } from '../../services/shared/projection/change-event.ts';

interface Row {
  readonly tx: number | null;
  readonly table?: string;
  readonly key?: string;
  readonly op?: Op;
}

let offset = 0;
function row({ tx, table = 'users', key = 'a', op = 'u' }: Row): DecodedChange {
  offset += 1;
  const source = { lsn: offset, txId: tx, committedAt: 0, snapshot: op === 'r' };
  const raw = { offset, key: Buffer.from(key), value: null, timestamp: 0 };
  return { raw, change: { table, op, key, before: null, after: null, source } };
}

const child = (tx: number, key = 'a'): DecodedChange => row({ tx, table: 'addresses', key });
const root = (tx: number, key = 'a'): DecodedChange => row({ tx, key });
const cut = (changes: readonly DecodedChange[], moreWaits = false) =>
  cutAtTransaction('users', changes, moreWaits);

describe('at the end of what is there', () => {
  test('a command is whole with the root’s row', () => {
    const changes = [child(1), child(1), root(1)];
    expect(cut(changes)).toEqual({ whole: changes, tail: [] });
  });

  test('without it the transaction is held back, and those before it are not', () => {
    const before = [child(1), root(1)];
    const half = [child(2), child(2)];
    expect(cut([...before, ...half])).toEqual({ whole: before, tail: half });
  });

  test('a row of the root does not make another document whole', () => {
    const half = [child(3, 'a'), child(3, 'b'), root(3, 'b')];
    expect(cut(half)).toEqual({ whole: [], tail: half });
  });

  test('a child’s row behind the root’s opens the document again', () => {
    const half = [root(4), child(4)];
    expect(cut(half).tail).toEqual(half);
  });

  test('where no table’s row ends a transaction, one is held back until more comes or it is proven to be over', () => {
    const before = [root(7)];
    const events = [root(8), root(8)];
    expect(cutAtTransaction(null, [...before, ...events], false)).toEqual({ whole: before, tail: events });
  });

  test('the children’s deletes behind a deleted root are whole at once', () => {
    const changes = [row({ tx: 5, op: 'd' }), row({ tx: 5, table: 'addresses', op: 'd' })];
    expect(cut(changes).tail).toEqual([]);
  });

  test('a snapshot’s rows, and what cannot be read, are no transactions', () => {
    const snapshot = [row({ tx: 6, table: 'addresses', op: 'r' })];
    expect(cut(snapshot).tail).toEqual([]);
    const broken = { raw: root(6).raw, change: new ChangeError('no JSON') };
    expect(cut([child(6), broken]).tail).toEqual([]);
  });

  test('nothing is cut of nothing', () => {
    expect(cut([])).toEqual({ whole: [], tail: [] });
  });
});

describe('where more waits already', () => {
  test('the last transaction is held back whatever it ends with', () => {
    const half = [child(2), root(2)];
    expect(cut([root(1), ...half], true).tail).toEqual(half);
  });

  test('a transaction too large for memory is not', () => {
    const large = Array.from({ length: MAX_TAIL + 1 }, () => child(9));
    expect(cut(large, true).tail).toEqual([]);
  });
});

test('however a stream of commands is cut into deliveries, no part of a command is applied without the rest', () => {
  const commands = fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(
      commands,
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 60, maxLength: 60 }),
      (sizes, cuts) => {
        const stream = sizes.flatMap((children, tx) => [
          ...Array.from({ length: children }, () => child(tx, `user${tx % 3}`)),
          root(tx, `user${tx % 3}`),
        ]);
        const applied: DecodedChange[][] = [];
        let held: readonly DecodedChange[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = cuts[i % cuts.length] ?? 1;
          const { whole, tail } = cut([...held, ...stream.slice(at, at + size)], at + size < stream.length);
          applied.push([...whole]);
          held = tail;
          at += size;
        }
        expect(held).toEqual([]);
        expect(applied.flat()).toEqual(stream);
        const ends = applied.flatMap((batch) => batch.at(-1)?.change ?? []);
        expect(ends.filter((last) => last instanceof Error || last.table !== 'users')).toEqual([]);
      },
    ),
    { numRuns: 500 },
  );
});
