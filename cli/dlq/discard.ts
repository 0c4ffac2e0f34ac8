/** From `partition:offset`, as `dlq list` shows it, to what is to be passed over. */
import { openUnkeyed, unkeyedId, unkeyedRecords } from '../../services/shared/dead-letters/unkeyed.ts';
import { CliError, EXIT } from '../exit.ts';
import type { Quarantine } from './open.ts';

/** The document whose first change in quarantine it is; null when it is one that names no document. @throws CliError when it is neither. */
export async function findByFirst(quarantine: Quarantine, position: string): Promise<string | null> {
  const at = readPosition(position);
  const found = (await quarantine.marked()).find(({ _sync }) => {
    const first = _sync.quarantine?.first;
    return first?.partition === at.partition && first.offset === at.offset;
  });
  if (found) return found._id;
  const { db, projection } = quarantine;
  const _id = unkeyedId(projection.name, at.partition, at.offset);
  const record = await unkeyedRecords(db).findOne({ $and: [{ _id }, openUnkeyed(projection.name)] });
  if (record) return null;
  throw new CliError(
    EXIT.usage,
    `${position} is neither the first change of a document in quarantine nor one that names no document`,
  );
}

export async function discardUnkeyed({ db, projection }: Quarantine, position: string): Promise<void> {
  const { partition, offset } = readPosition(position);
  await unkeyedRecords(db).updateOne(
    { _id: unkeyedId(projection.name, partition, offset) },
    { $set: { open: false } },
    { writeConcern: { w: 'majority' } },
  );
}

function readPosition(text: string): { readonly partition: number; readonly offset: number } {
  const [, partition, offset] = /^(\d+):(\d+)$/.exec(text) ?? [];
  if (partition === undefined || offset === undefined)
    throw new CliError(EXIT.usage, `${text} is no <partition>:<offset>`);
  return { partition: Number(partition), offset: Number(offset) };
}
