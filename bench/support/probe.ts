/** Single changes by plain SQL, each with a text of its own, and those who look when it is where they look. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import type { Collection, Document } from 'mongodb';
import type pg from 'pg';
import { encodeToken } from '../../services/shared/consistency-token.ts';
import { openConnection } from '../load/http-connection.ts';

/** Times are those of performance.now(). */
export interface Change {
  readonly id: string;
  readonly text: string;
  readonly committedAt: number;
  readonly token: string;
}

export interface Observer {
  /** When the change was to be seen. */
  seen(change: Change): Promise<number>;
  close(): Promise<void>;
}

const DEADLINE_MS = 30_000;

export async function makeChange(sql: pg.Client, id: string, text: string): Promise<Change> {
  const { rows } = await sql.query<{ version: number }>(
    'update users set bio = $2, version = version + 1 where id = $1 returning version',
    [id, text],
  );
  const committedAt = performance.now();
  const token = encodeToken({ id, revision: rows[0]?.version ?? 0, deleted: false });
  return { id, text, committedAt, token };
}

/** By a change stream, which shows what a majority has; the same for whoever writes. `match`: of the stream's events. */
export async function observeDocument<T extends Document>(
  documents: Collection<T>,
  match: Document,
): Promise<Observer> {
  const { operationTime } = await documents.db.command({ ping: 1 });
  const stream = documents.watch([{ $match: match }], { startAtOperationTime: operationTime });
  const wall = createWall();
  stream.on('change', (event: Document) => {
    const text: unknown = event['fullDocument']?.bio ?? event['updateDescription']?.updatedFields?.bio;
    if (typeof text === 'string') wall.write(text);
  });
  stream.on('error', (error) => wall.fail(error));
  return { seen: ({ text }) => wall.read(text), close: () => stream.close() };
}

/** By a consumer that does nothing else: the floor of whatever reads Kafka. */
export async function observeTopic(kafka: Kafka, admin: Admin, topic: string): Promise<Observer> {
  const groupId = `bench-observer-${Date.now()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 10, minBytes: 1 });
  const wall = createWall();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: false });
  const joined = new Promise<void>((resolve) => consumer.on(consumer.events.FETCH, () => resolve()));
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      const { after } = JSON.parse(String(message.value)) as { readonly after: { readonly bio?: unknown } };
      if (typeof after.bio === 'string') wall.write(after.bio);
    },
  });
  await joined;
  return {
    seen: ({ text }) => wall.read(text),
    close: async () => {
      await consumer.disconnect();
      await admin.deleteGroups([groupId]);
    },
  };
}

/** By a read that waits for the change (`isWaiting`), or by asking for what is there again and again, `pauseMs` after each answer. */
export async function observeReads(
  readApiUrl: string,
  isWaiting: boolean,
  { path, field, pauseMs = 1 }: { readonly path: string; readonly field: string; readonly pauseMs?: number },
): Promise<Observer> {
  const connection = await openConnection(readApiUrl);
  return {
    async seen({ id, text, token, committedAt }) {
      const headers = isWaiting ? { 'consistency-token': token, prefer: 'wait=10' } : {};
      for (;;) {
        const { body } = await connection.ask('GET', `${path}/${id}`, undefined, headers);
        const at = performance.now();
        if (String((JSON.parse(body) as Readonly<Record<string, unknown>>)[field]) === text) return at;
        if (isWaiting) throw new Error(`the waiting read did not show ${text}`);
        if (at > committedAt + DEADLINE_MS) throw new Error(`${text} was not readable in time`);
        await sleep(pauseMs);
      }
    },
    close: async () => connection.close(),
  };
}

/** Who reads may come before or after who writes. */
function createWall(): {
  write(text: string): void;
  read(text: string): Promise<number>;
  fail(error: Error): void;
} {
  const written = new Map<string, number>();
  const waiting = new Map<string, { resolve: (at: number) => void; reject: (error: Error) => void }>();
  return {
    write(text) {
      const at = performance.now();
      written.set(text, at);
      waiting.get(text)?.resolve(at);
    },
    read: (text) =>
      new Promise((resolve, reject) => {
        const at = written.get(text);
        if (at !== undefined) return resolve(at);
        const timer = setTimeout(() => reject(new Error(`${text} was not seen in time`)), DEADLINE_MS);
        waiting.set(text, {
          resolve: (seenAt) => {
            clearTimeout(timer);
            resolve(seenAt);
          },
          reject,
        });
      }),
    fail(error) {
      for (const { reject } of waiting.values()) reject(error);
    },
  };
}
