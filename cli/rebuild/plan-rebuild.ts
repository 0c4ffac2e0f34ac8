/** What a rebuild would do, and the end of one that shall not go on. */
import { brokenStream } from '../../connectors/restart-stream.ts';
import { countSource } from '../../services/shared/verify/source-documents.ts';
import { audited } from '../audit.ts';
import { whyNoChangelog, workplaceOf } from './begin.ts';
import { countCopied } from './copy-pieces.ts';
import { withLease } from './lease.ts';
import type { RebuildOptions } from './rebuild.ts';
import { streamPlaces, withRebuildServers } from './servers.ts';
import type { RebuildServers } from './servers.ts';

export interface RebuildPlan {
  readonly projection: string;
  /** Why the stream must start anew; null when it need not. */
  readonly restart: string | null;
  readonly topicsMissing: readonly string[];
  readonly documents: number;
  /** Why they cannot be made from the changelog; null: they can, or are not to be. */
  readonly refused: string | null;
  /** Documents that an earlier process has copied and this one would go on with, if it still can. */
  readonly resumed: number;
}

/** What `rebuild` would do. Changes nothing. */
export async function planRebuild(options: RebuildOptions): Promise<RebuildPlan> {
  const { projection, origin = 'source', fresh = false } = options;
  return withRebuildServers(options, async (servers) => {
    const { pool, admin } = servers;
    const existing = await admin.listTopics();
    const pieces = fresh ? [] : await workplaceOf(servers, projection).notes.pieces();
    return {
      projection: projection.name,
      restart: await brokenStream(streamPlaces(options, pool)),
      topicsMissing: [projection.topic].filter((topic) => !existing.includes(topic)),
      documents: await countSource(pool, projection),
      refused: origin === 'source' ? null : await whyNoChangelog(servers, options),
      resumed: countCopied(pieces),
    };
  });
}

/** Removes what a rebuild that was stopped or killed has left. Returns how many documents it had copied; null: there was none. */
export async function abandonRebuild(
  options: RebuildServers & Pick<RebuildOptions, 'projection' | 'by' | 'signal' | 'onNotice'>,
): Promise<number | null> {
  const { projection, by, signal, onNotice } = options;
  return withRebuildServers(options, (servers) =>
    withLease({ db: servers.db, projection: projection.name, signal, onNotice }, () =>
      audited(
        servers.db,
        projection.name,
        { act: 'rebuild-abort', by },
        async () => {
          const place = workplaceOf(servers, projection);
          const found = await place.notes.read();
          const copied = countCopied(await place.notes.pieces());
          await place.clear();
          return found === null ? null : copied;
        },
        (copied) =>
          copied === null ? 'there was none' : `${copied} documents that it had copied are removed`,
      ),
    ),
  );
}
