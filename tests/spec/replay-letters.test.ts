/** A retry: the same fold, from the change that failed on, and nothing skipped. */
import { describe, expect, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import { decodeAll, toPositioned } from '../../services/projector/decode.ts';
import { foldDocument } from '../../services/projector/fold-document.ts';
import { LettersMissingError, lettersOf, replayLetters } from '../../services/projector/replay-letters.ts';
import type { Letter } from '../../services/shared/dead-letters/letter.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { USER, userRow } from '../support/profile-rows.ts';
import { throughBson } from '../support/pure-projector.ts';

const NOW = new Date('2026-11-23T18:00:00Z');
const LATER = new Date('2026-11-23T19:00:00Z');
const PARTITION = 3;

function letter(offset: number, value: string): Letter {
  return {
    key: Buffer.from(USER),
    value: Buffer.from(value),
    topic: 'profile.changes',
    partition: PARTITION,
    offset,
    timestamp: 0,
    error: 'the change is not JSON',
    projection: 'profile',
    version: 1,
    quarantinedAt: NOW,
  };
}
const envelope = (op: string, row: object): string =>
  JSON.stringify({
    op,
    before: op === 'd' ? row : null,
    after: op === 'd' ? null : row,
    source: { table: 'users', ts_us: 1 },
  });
const version = (offset: number, to: unknown): Letter =>
  letter(offset, envelope('u', userRow({ version: to })));
const created = letter(1, envelope('c', userRow()));

function storedAfter(...letters: readonly Letter[]): StoredDocument {
  const changes = decodeAll(letters).map(toPositioned);
  const fold = foldDocument(profile, USER, undefined, PARTITION, changes, NOW);
  if (!fold) throw new Error('nothing was folded');
  return throughBson(fold.document);
}
const replay = (stored: StoredDocument, letters: readonly Letter[], dropFirst = false) =>
  replayLetters(profile, stored, lettersOf(profile, stored, letters), { dropFirst, now: LATER });

describe('the letters of a document', () => {
  const stored = storedAfter(created, letter(5, '?'), version(7, 2), version(9, 3));

  test('are those that the mark counts: each once, in order, none from before it or behind the document', () => {
    const topic = [
      version(4, 0),
      letter(5, '?'),
      version(9, 3),
      version(7, 2),
      version(7, 2),
      version(11, 4),
    ];
    expect(lettersOf(profile, stored, topic).map(({ offset }) => offset)).toEqual([5, 7, 9]);
  });

  test('one that is missing is not passed over', () => {
    expect(() => lettersOf(profile, stored, [letter(5, '?'), version(9, 3)])).toThrow(LettersMissingError);
  });

  test('one of another user or partition is none of them', () => {
    const other = { ...version(7, 2), key: Buffer.from('other') };
    const elsewhere = { ...version(7, 2), partition: 0 };
    expect(() => lettersOf(profile, stored, [letter(5, '?'), other, elsewhere, version(9, 3)])).toThrow(
      /2 of the 3/,
    );
  });
});

describe('a retry', () => {
  test('with the cause mended applies all, takes the mark away, and leaves the offsets', () => {
    const letters = [version(5, 'two'), version(7, 3)];
    const stored = storedAfter(created, ...letters);
    const mended = {
      ...profile,
      evolve: (...[state, change]: Parameters<typeof profile.evolve>) =>
        profile.evolve(
          state,
          change.after?.['version'] === 'two'
            ? { ...change, after: { ...change.after, version: 2 } }
            : change,
        ),
    };
    const replayed = replayLetters(mended, stored, lettersOf(profile, stored, letters), {
      dropFirst: false,
      now: LATER,
    });
    expect(replayed).toMatchObject({
      applied: 2,
      startedFrom: { 3: 7 },
      startedFromMark: { changes: 2 },
      document: { version: 3, _sync: { at: { 3: 7 }, appliedAt: LATER } },
    });
    expect(replayed.document._sync.quarantine).toBeUndefined();
  });

  test('that fails again applies nothing and keeps the mark as it was', () => {
    const letters = [letter(5, '?'), version(7, 2)];
    const stored = storedAfter(created, ...letters);
    const { document, applied } = replay(stored, letters);
    expect([document, applied]).toEqual([stored, 0]);
  });

  test('that fails further on applies what is before it, and stays in quarantine from there', () => {
    const letters = [letter(5, '?'), version(7, 2), letter(8, '{'), version(9, 3)];
    const { document, applied } = replay(storedAfter(created, ...letters), letters, true);
    expect(applied).toBe(1);
    expect(document).toMatchObject({
      version: 2,
      _sync: { at: { 3: 9 }, quarantine: { since: NOW, first: { partition: 3, offset: 8 }, changes: 2 } },
    });
  });

  test('without the first change is as if that had never been', () => {
    const letters = [letter(5, '?'), version(7, 2)];
    const { document } = replay(storedAfter(created, ...letters), letters, true);
    const { at: _at, appliedAt: _appliedAt, ...sync } = storedAfter(created, version(7, 2))._sync;
    expect(document).toMatchObject({ version: 2, _sync: sync });
    expect(document._sync.quarantine).toBeUndefined();
  });

  test('of a document that was nothing but a mark: it is born, or nothing is left but a position', () => {
    const letters = [letter(5, '?'), letter(6, envelope('c', userRow()))];
    const born = replay(storedAfter(...letters), letters, true).document;
    expect(born).toMatchObject({
      version: 1,
      addresses: [],
      preferences: {},
      _sync: { phase: 'live', at: { 3: 6 } },
    });

    const alone = storedAfter(letter(5, '?'));
    const { document, startedFrom } = replay(alone, [letter(5, '?')], true);
    expect(document).toEqual({
      _id: USER,
      _sync: expect.objectContaining({ phase: 'deleted', at: { 3: 5 }, deletedAt: LATER }),
    });
    expect(startedFrom).toEqual({ 3: 5 });
    expect(document._sync.quarantine).toBeUndefined();
  });

  test('a tombstone that was marked has its time from now on', () => {
    const letters = [letter(5, '?')];
    const stored = storedAfter(created, letter(2, envelope('d', userRow())), ...letters);
    expect(stored._sync.deletedAt).toBeUndefined();
    expect(replay(stored, letters, true).document._sync).toMatchObject({
      phase: 'deleted',
      deletedAt: LATER,
    });
  });
});
