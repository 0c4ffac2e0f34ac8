/** Takes from the read APIs all that they keep ready: their change streams are ended, as a broken connection would end them. */
import type { Long, MongoClient } from 'mongodb';
import { waitFor } from '../../stack/wait.ts';

interface OpenCursor {
  readonly cursor: { readonly cursorId: Long };
}

const DEADLINE_MS = 30_000;

export async function emptyCache(mongo: MongoClient, readApiUrl: string, collection: string): Promise<void> {
  const figure = async (name: string): Promise<number> => {
    const text = await (await fetch(`${readApiUrl}/metrics`)).text();
    return Number(new RegExp(`^read_api_cache_${name}\\S* (\\S+)$`, 'm').exec(text)?.[1]);
  };
  const losses = await figure('losses_total');
  const open = await mongo
    .db('admin')
    .aggregate<OpenCursor>(
      [
        { $currentOp: { allUsers: true, idleCursors: true } },
        { $match: { 'cursor.originatingCommand.pipeline.0.$changeStream': { $exists: true } } },
      ],
      { promoteLongs: false },
    )
    .toArray();
  const cursors = open.map(({ cursor }) => cursor.cursorId);
  await mongo.db().command({ killCursors: collection, cursors });
  await waitFor(
    'the cache to be empty and to begin anew',
    async () => (await figure('losses_total')) > losses && (await figure('age_seconds')) >= 0,
    { timeoutMs: DEADLINE_MS, intervalMs: 20 },
  );
}
