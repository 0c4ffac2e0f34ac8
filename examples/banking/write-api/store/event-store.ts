/**
 * emmett's event store on a transaction that is somebody else's: its tables and its append function, called with bound parameters. Its own
 * client for Postgres ends a transaction of its own with each append, so that two streams could not be written as one (docs/decisions/0036).
 */
import { STREAM_DOES_NOT_EXIST } from '@event-driven-io/emmett';
import type {
  Event,
  EventStore,
  ReadEvent,
  ReadEventMetadataWithGlobalPosition,
} from '@event-driven-io/emmett';
import { refusal } from '../../../../services/write-api/commands/command-refusal.ts';
import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';

export type Metadata = ReadEventMetadataWithGlobalPosition;

const NEWEST = `
  select stream_position::text as position, global_position::text as global, message_id as id, message_type as type, message_data as data
  from public.emt_messages
  where stream_id = $1 and partition = 'emt:default' and not is_archived and stream_position >= $2
  order by stream_position desc limit 1`;

/** Who appends, and in which trace, is beside the data: what the transaction says of itself. */
const APPEND = `
  select success, next_stream_position::text as position
  from public.emt_append_to_stream(
    array(select uuidv7()::text from generate_subscripts($1::jsonb[], 1)),
    $1::jsonb[],
    array_fill(jsonb_strip_nulls(jsonb_build_object(
      'by', nullif(current_setting('readside.subject', true), ''),
      'traceparent', nullif(current_setting('readside.traceparent', true), ''))), array[cardinality($1::jsonb[])]),
    array_fill('1'::text, array[cardinality($1::jsonb[])]),
    $2::text[],
    array_fill('E'::text, array[cardinality($1::jsonb[])]),
    $3, $4, $5::bigint, 'emt:default')`;

interface Row {
  readonly position: string;
  readonly global: string;
  readonly id: string;
  readonly type: string;
  readonly data: Event['data'];
}

/**
 * A store of streams whose newest event alone tells their state, which is why no more is read. The caller has locked them (lockStreams).
 * @param streamType of what the streams are: account
 */
export function eventStoreOf(client: SqlClient, streamType: string): EventStore<Metadata> {
  const newest = async (stream: string, from: bigint): Promise<Row | undefined> =>
    (await client.query<Row & Record<string, unknown>>(NEWEST, [stream, String(from)])).rows[0];
  const store: EventStore<Metadata> = {
    async aggregateStream(stream, { evolve, initialState }) {
      const { events, currentStreamVersion, streamExists } = await store.readStream(stream);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- emmett allows three shapes of one function
      const fold = evolve as (state: ReturnType<typeof initialState>, event: Event) => typeof state;
      return { currentStreamVersion, streamExists, state: events.reduce(fold, initialState()) };
    },
    async readStream<E extends Event>(stream: string) {
      const row = await newest(stream, 1n);
      if (row === undefined) return { events: [], currentStreamVersion: 0n, streamExists: false };
      const streamPosition = BigInt(row.position);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the caller says that its streams hold
      const event = {
        type: row.type,
        data: row.data,
        kind: 'Event',
        metadata: {
          messageId: row.id,
          streamName: stream,
          streamPosition,
          globalPosition: BigInt(row.global),
        },
      } as unknown as ReadEvent<E, Metadata>;
      return { events: [event], currentStreamVersion: streamPosition, streamExists: true };
    },
    async appendToStream(stream, events, options) {
      const expected = options?.expectedStreamVersion;
      const { rows } = await client.query<{ success: boolean; position: string }>(APPEND, [
        events.map(({ data }) => JSON.stringify(data)),
        events.map(({ type }) => type),
        stream,
        streamType,
        // Zero is "there is none": the function makes the stream, and fails where there is one.
        expected === STREAM_DOES_NOT_EXIST ? '0' : String(expected),
      ]);
      const [row] = rows;
      if (!row?.success) throw refusal('busy', 'somebody else has written to the same account');
      const position = BigInt(row.position);
      return {
        nextExpectedStreamVersion: position,
        createdNewStream: position === BigInt(events.length),
      };
    },
    async streamExists(stream) {
      return (await newest(stream, 1n)) !== undefined;
    },
  };
  return store;
}

/**
 * Streams of these ids → their positions; those that are not there are left out. Until the transaction ends nobody else appends to them, and
 * since all lock in the same order, none waits for another in a circle.
 */
export async function lockStreams(
  client: SqlClient,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ id: string; position: string }>(
    `select stream_id as id, stream_position::text as position from public.emt_streams
     where stream_id = any($1) and partition = 'emt:default' and not is_archived
     order by stream_id for update`,
    [ids],
  );
  return new Map(rows.map(({ id, position }) => [id, Number(position)]));
}
