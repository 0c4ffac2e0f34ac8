/**
 * Writes and reads at an even pace, until SIGTERM: random commands through the write API, random documents from the read API. The
 * time of each runs from when it was due, so that a server that stands still is seen by all who would have come meanwhile. What is
 * due in the first seconds is not counted, failures excepted: this program compiles itself then, and the server is asked by new connections.
 * Arguments: write API, read API, writes a second, reads a second, a file with `Clients` as JSON. Prints `ready` when it begins to
 * count, and at the end a `LoadReport`.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantiles } from '../support/quantiles.ts';
import type { Quantiles } from '../support/quantiles.ts';
import type { Ask } from './asks.ts';
import { openConnection } from './http-connection.ts';
import type { HttpConnection } from './http-connection.ts';
import { createProfileAsks } from './profile-asks.ts';
import { createShopAsks } from './shop-asks.ts';
import type { KnownShop } from './shop-asks.ts';

/** Whose clients, and what they know. */
export type Clients =
  | { readonly of: 'profiles'; readonly know: readonly string[] }
  | { readonly of: 'shop'; readonly know: KnownShop };

export interface LoadReport {
  readonly writes: Quantiles & { readonly rate: number };
  readonly reads: Quantiles & { readonly rate: number };
  /** Commands that a rule refused, and what was not answered as it should be. */
  readonly refused: number;
  readonly failed: number;
  /** The first of these. */
  readonly failure: string | null;
}

/** So long no times are taken. */
const SETTLES_MS = 10_000;

const [writeUrl = '', readUrl = '', writesText, readsText, file = ''] = process.argv.slice(2);
const clients = JSON.parse(readFileSync(file, 'utf8')) as Clients;
const { write, read } =
  clients.of === 'shop' ? createShopAsks(clients.know) : createProfileAsks(clients.know);
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
// It has a session of its own, and nobody else would end it.
const starter = process.ppid;
setInterval(() => process.ppid !== starter && stopping.abort(), 1000).unref();
const failures: string[] = [];
let refused = 0;

const running = Promise.all([
  pace(writeUrl, 10, Number(writesText), write),
  pace(readUrl, 50, Number(readsText), read),
]);
await sleep(SETTLES_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
process.stdout.write('ready\n');
const [writes, reads] = await running;
process.stdout.write(
  `${JSON.stringify({ writes, reads, refused, failed: failures.length, failure: failures[0] ?? null } satisfies LoadReport)}\n`,
);

async function pace(
  url: string,
  connections: number,
  rate: number,
  make: (n: number) => Ask,
): Promise<LoadReport['reads']> {
  const free = await Promise.all(
    Array.from({ length: rate > 0 ? connections : 0 }, () => openConnection(url)),
  );
  const all = [...free];
  const times: number[] = [];
  let done = 0;
  const began = performance.now();
  const counts = began + SETTLES_MS;
  const send = (n: number, connection: HttpConnection): void => {
    const dueAt = began + (1000 * n) / rate;
    make(n)(connection)
      .then((outcome) => {
        if (outcome === 'refused') refused += 1;
        const at = performance.now();
        if (at >= counts) done += 1;
        if (dueAt >= counts) times.push(at - dueAt);
        free.push(connection);
        return undefined;
      })
      .catch((error: unknown) => {
        // At the end connections are closed under what is under way.
        if (!stopping.signal.aborted) failures.push(String(error));
        free.push(connection);
      });
  };
  for (let sent = 0; !stopping.signal.aborted;) {
    const due = 1 + Math.floor(((performance.now() - began) * rate) / 1000);
    for (const connection of free.splice(0, due - sent)) send(sent++, connection);
    await sleep(1);
  }
  const rateDone = (1000 * done) / (performance.now() - counts);
  for (const connection of all) connection.close();
  return { ...quantiles(times), rate: Math.round(rateDone) };
}
