/**
 * The projector's way without its servers: decode → group by document → evolve in order → save, with a Map for the
 * collection. Documents pass through real BSON at each save, and everything handed to the code under test is frozen.
 */
import { BSON } from 'mongodb';
import { decode } from '../../services/projector/decode.ts';
import { foldDocument } from '../../services/projector/fold-document.ts';
import { concerns, groupByDocument } from '../../services/projector/group-by-document.ts';
import type { PositionedChange } from '../../services/projector/group-by-document.ts';
import { ChangeError } from '../../services/shared/projection/change-event.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import type { Phase } from '../../services/shared/projection/document.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { toServedJson } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { deepFreeze } from './deep-freeze.ts';
import { toRawChange } from './recorded.ts';
import type { RecordedMessage } from './recorded.ts';

/** Of every save: the time does not decide anything. */
const NOW = new Date('2026-11-23T18:00:00Z');

export interface PureProjector {
  /** One batch a partition, in the order given. Returns how many documents were saved. @throws ChangeError */
  deliver(messages: readonly RecordedMessage[]): number;
  deliverDecoded(partition: number, changes: readonly PositionedChange[]): number;
  stored(id: string): StoredDocument | undefined;
  /** null: nothing is stored. */
  phase(id: string): Phase | null;
  /** What the read API answers, parsed; null where it answers 404. */
  served(id: string): unknown;
  ids(): readonly string[];
}

export function createPureProjector(projection: Projection): PureProjector {
  const collection = new Map<string, StoredDocument>();

  function deliverDecoded(partition: number, changes: readonly PositionedChange[]): number {
    const concerned = deepFreeze(changes).filter((each) => concerns(projection, each));
    const groups = groupByDocument(concerned, ({ change, key }) =>
      change instanceof ChangeError ? (key ?? null) : change.key,
    );
    let saved = 0;
    for (const [id, group] of groups) {
      const before = collection.get(id);
      const save = foldDocument(projection, id, before, partition, group, NOW);
      if (save === null) continue;
      // The fence: a save names what it started from.
      expectSame(save.startedFrom, before?._sync.at ?? null);
      collection.set(id, deepFreeze(throughBson(save.document)));
      saved += 1;
    }
    return saved;
  }

  const phase = (id: string): Phase | null => collection.get(id)?._sync.phase ?? null;
  return {
    deliverDecoded,
    deliver(messages) {
      const partitions = [...new Set(messages.map(({ partition }) => partition))];
      return partitions.reduce((saved, partition) => {
        const changes = messages
          .filter((message) => message.partition === partition)
          .map((message) => ({ offset: message.offset, change: decode(toRawChange(message)) }));
        return saved + deliverDecoded(partition, changes);
      }, 0);
    },
    stored: (id) => collection.get(id),
    phase,
    served(id) {
      const document = collection.get(id);
      if (document?._sync.phase !== 'live') return null;
      return parseLossless(toServedJson(projection, document));
    },
    ids: () => [...collection.keys()],
  };
}

/** What the driver gives back for what it was given. */
export function throughBson<T extends object>(document: T): T {
  return BSON.deserialize(BSON.serialize(document)) as T;
}

function expectSame(a: unknown, b: unknown): void {
  if (JSON.stringify(a) !== JSON.stringify(b)) throw new Error(`the save started from ${JSON.stringify(a)}`);
}
