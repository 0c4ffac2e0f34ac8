/**
 * What SQL served after each transaction, kept by Postgres itself while a test writes: at the end of every transaction the source view of each
 * user that it touched is copied. When it committed, and whose life it ended, is read from the stream. It shares nothing with histories.
 */
import type { Pool } from 'pg';
import { decode } from '../../services/projector/decode.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { ChangeError } from '../../services/shared/projection/change-event.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { readTopic } from '../../services/shared/read-topic.ts';
import { stackEndpoints } from './stack.ts';

export interface TemporalCopy {
  /** Commit time, microseconds since 1970. */
  readonly at: number;
  readonly transaction: number;
  /** JSON as the source view printed it; null: there was no such user afterwards. */
  readonly document: string | null;
}

export interface TemporalCopies {
  /** User → copies in the order of their commits, from the one on that began the user's present life. */
  lives(projection: Projection): Promise<ReadonlyMap<string, readonly TemporalCopy[]>>;
  stop(): Promise<void>;
}

const TABLES = { users: 'id', addresses: 'user_id', preferences: 'user_id' };
const READ_MS = 60_000;

/** Writers of one user must not overlap. */
export async function keepTemporalCopies(sql: Pool, { sourceView }: Projection): Promise<TemporalCopies> {
  await sql.query(`
    create table public.temporal_copies (tx text, id uuid, document text, primary key (tx, id));
    create function public.keep_temporal_copy() returns trigger language plpgsql security definer as $$
    begin
      insert into public.temporal_copies (tx, id, document)
      select pg_current_xact_id()::xid::text, touched.id, source.document::text
        from (select distinct id from unnest(array[(to_jsonb(old) ->> tg_argv[0])::uuid,
                                                   (to_jsonb(new) ->> tg_argv[0])::uuid]) id
               where id is not null) touched
        left join ${sourceView.name} source on source.id = touched.id
      on conflict do nothing;
      return null;
    end $$`);
  for (const [table, key] of Object.entries(TABLES))
    await sql.query(
      `create constraint trigger temporal_copy after insert or update or delete on public.${table}
         deferrable initially deferred for each row execute function public.keep_temporal_copy('${key}')`,
    );
  return {
    lives: (projection) => lives(sql, projection),
    async stop() {
      for (const table of Object.keys(TABLES))
        await sql.query(`drop trigger temporal_copy on public.${table}`);
      await sql.query('drop function public.keep_temporal_copy; drop table public.temporal_copies');
    },
  };
}

async function lives(
  sql: Pool,
  { topic, definition }: Projection,
): Promise<ReadonlyMap<string, readonly TemporalCopy[]>> {
  const commits = new Map<number, number>();
  const deaths = new Map<string, number>();
  const kafka = createKafka(
    'temporal-copies',
    stackEndpoints().kafkaBrokers,
    createLogger('tests', 'silent'),
  );
  const how = { topic, name: 'temporal-copies', timeoutMs: READ_MS };
  await readTopic(kafka, how, (_partition, { offset, key, value }) => {
    const change = tryDecode({ offset: Number(offset), timestamp: 0, key, value });
    if (change === null || change.source.txId === null || change.source.snapshot) return;
    commits.set(change.source.txId, change.source.committedAt);
    if (change.table === definition.root.table && change.op === 'd')
      deaths.set(change.key, change.source.committedAt);
  });
  const { rows } = await sql.query<{ tx: string; id: string; document: string | null }>(
    'select tx, id::text as id, document from public.temporal_copies',
  );
  const all = new Map<string, TemporalCopy[]>();
  for (const { tx, id, document } of rows) {
    const at = commits.get(Number(tx));
    if (at === undefined) throw new Error(`the stream does not tell of the transaction ${tx} of ${id}`);
    all.set(id, [...(all.get(id) ?? []), { at, transaction: Number(tx), document }]);
  }
  for (const [id, copies] of all) {
    const ordered = copies.toSorted((a, b) => a.at - b.at);
    all.set(
      id,
      ordered.filter(({ at }) => at >= (deaths.get(id) ?? -Infinity)),
    );
  }
  return all;
}

function tryDecode(raw: Parameters<typeof decode>[0]): ReturnType<typeof decode> | null {
  try {
    return decode(raw);
  } catch (error) {
    if (error instanceof ChangeError) return null; // what other tests have put there
    throw error;
  }
}
