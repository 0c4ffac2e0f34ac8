/** Folds what is in the dead letters onto its documents with the present code, and saves them, fenced. */
import { fillSaves } from '../../services/projector/fill-copies.ts';
import { whyUnstorable } from '../../services/projector/document-store.ts';
import {
  LettersMissingError,
  documentOfLetter,
  lettersOf,
  replayLetters,
} from '../../services/projector/replay-letters.ts';
import type { Replayed } from '../../services/projector/replay-letters.ts';
import type { Letter } from '../../services/shared/dead-letters/letter.ts';
import type { RetryOutcome } from '../../services/shared/dead-letters/retry-outcome.ts';
import { companionOf } from '../../services/shared/projection/companion.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { differences } from '../../services/shared/same-json.ts';
import { toServedJson, toState } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { CliError, EXIT } from '../exit.ts';
import type { Quarantine } from './open.ts';
import { saveRetried } from './save-retried.ts';

export interface RetryOptions {
  /** Nothing is written. */
  readonly dryRun: boolean;
  /** Passes over the first change of each. */
  readonly dropFirst: boolean;
}

/** A conflict means that the projector has put one more change aside in the meantime. */
const MAX_ROUNDS = 20;

/** In the order of `ids`. */
export async function retryDocuments(
  quarantine: Quarantine,
  ids: readonly string[],
  options: RetryOptions,
): Promise<readonly RetryOutcome[]> {
  const outcomes = new Map<string, RetryOutcome>();
  let pending = ids;
  for (let round = 1; pending.length > 0; round++) {
    if (round > MAX_ROUNDS)
      throw new CliError(EXIT.failed, `${pending.join(', ')}: changes keep coming in; try again`);
    // Documents first: what their marks count is in the topic already.
    const stored = await quarantine.store.load(pending);
    const letters = await lettersByKey(quarantine, pending);
    const tried = pending.map((id) => tryOne(quarantine, id, stored.get(id), letters.get(id) ?? [], options));
    const { projection, store } = quarantine;
    const tries = tried.flatMap(({ save }) => save ?? []);
    const saves = await fillSaves(projection, store, tries, whyUnstorable);
    for (const { outcome } of tried) {
      const save = saves.find(({ document }) => document._id === outcome.id);
      const before = stored.get(outcome.id);
      const isChanged = save !== undefined && before !== undefined;
      outcomes.set(
        outcome.id,
        isChanged ? { ...outcome, differences: changes(quarantine, before, save) } : outcome,
      );
    }
    pending = options.dryRun || saves.length === 0 ? [] : await saveRetried(quarantine, saves);
  }
  return ids.flatMap((id) => outcomes.get(id) ?? []);
}

function changes(
  { projection }: Quarantine,
  before: StoredDocument,
  { document }: Replayed,
): RetryOutcome['differences'] {
  const shown = (stored: StoredDocument): unknown => {
    if (stored._sync.phase === 'reference') return companionOf(toState(stored)).row;
    return stored._sync.phase === 'live' ? parseLossless(toServedJson(projection, stored)) : undefined;
  };
  return differences(shown(before), shown(document)).map(({ path, expected, found }) => ({
    path,
    before: expected,
    after: found,
  }));
}

async function lettersByKey(quarantine: Quarantine, ids: readonly string[]): Promise<Map<string, Letter[]>> {
  const byKey = new Map<string, Letter[]>(ids.map((id) => [id, []]));
  const of = (letter: Letter): string => documentOfLetter(quarantine.projection, letter) ?? '';
  for (const letter of await quarantine.letters((each) => byKey.has(of(each))))
    byKey.get(of(letter))?.push(letter);
  return byKey;
}

function tryOne(
  { projection }: Quarantine,
  id: string,
  stored: StoredDocument | undefined,
  letters: readonly Letter[],
  { dropFirst }: RetryOptions,
): { outcome: RetryOutcome; save: Replayed | null } {
  const mark = stored?._sync.quarantine;
  const nothing = { id, applied: 0, remaining: 0, error: null, differences: [] };
  if (!stored || !mark) return { outcome: { ...nothing, state: 'not-quarantined' }, save: null };
  try {
    const options = { dropFirst, now: new Date(), whyUnstorable };
    const save = replayLetters(projection, stored, lettersOf(projection, stored, letters), options);
    const still = save.document._sync.quarantine;
    const outcome: RetryOutcome = {
      id,
      state: still ? 'failing' : 'healed',
      applied: save.applied,
      remaining: still?.changes ?? 0,
      error: still?.error ?? null,
      differences: [],
    };
    return { outcome, save };
  } catch (error) {
    if (!(error instanceof LettersMissingError)) throw error;
    const failing: RetryOutcome = {
      ...nothing,
      state: 'failing',
      remaining: mark.changes,
      error: error.message,
    };
    return { outcome: failing, save: null };
  }
}
