/**
 * Writes and reads at an even pace, until SIGTERM: commands on random users through the write API, random documents from the read API. The
 * time of each runs from when it was due, so that a server that stands still is seen by all who would have come meanwhile.
 * Arguments: write API, read API, writes a second, reads a second, a file with ids as JSON. Prints `ready`, and at the end a `LoadReport`.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantiles } from '../support/quantiles.ts';
import type { Quantiles } from '../support/quantiles.ts';
import { openConnection } from './http-connection.ts';
import type { Answer, HttpConnection } from './http-connection.ts';

export interface LoadReport {
  readonly writes: Quantiles & { readonly rate: number };
  readonly reads: Quantiles & { readonly rate: number };
  /** Not answered as they should. */
  readonly failed: number;
}

type Ask = (connection: HttpConnection) => Promise<Answer>;

const [writeUrl = '', readUrl = '', writesText, readsText, file = ''] = process.argv.slice(2);
const ids = JSON.parse(readFileSync(file, 'utf8')) as readonly string[];
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
let failed = 0;
const one = (): string => ids[Math.floor(Math.random() * ids.length)] ?? '';

const commands: ReadonlyArray<(n: number) => Ask> = [
  (n) => (api) => api.ask('PATCH', `/users/${one()}`, JSON.stringify({ displayName: `name ${n}` })),
  (n) => (api) => api.ask('PUT', `/users/${one()}/preferences/theme`, JSON.stringify({ value: `dark ${n}` })),
  (n) => (api) => api.ask('PATCH', `/users/${one()}/preferences`, JSON.stringify({ seen: { last: n } })),
];
const write = (n: number): Ask => commands[n % commands.length]?.(n) ?? (() => Promise.reject(new Error()));
const read = (): Ask => (api) => api.ask('GET', `/profiles/${one()}`);

const running = Promise.all([
  pace(writeUrl, 10, Number(writesText), write),
  pace(readUrl, 50, Number(readsText), read),
]);
process.stdout.write('ready\n');
const [writes, reads] = await running;
process.stdout.write(`${JSON.stringify({ writes, reads, failed } satisfies LoadReport)}\n`);

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
  const began = performance.now();
  const send = (n: number, connection: HttpConnection): void => {
    const dueAt = began + (1000 * n) / rate;
    make(n)(connection)
      .then(({ status }) => {
        if (status >= 400) failed += 1;
        times.push(performance.now() - dueAt);
        free.push(connection);
        return undefined;
      })
      .catch(() => {
        if (!stopping.signal.aborted) failed += 1; // at the end connections are closed under what is under way
      });
  };
  for (let sent = 0; !stopping.signal.aborted;) {
    const due = 1 + Math.floor(((performance.now() - began) * rate) / 1000);
    for (const connection of free.splice(0, due - sent)) send(sent++, connection);
    await sleep(1);
  }
  const rateDone = (1000 * times.length) / (performance.now() - began);
  for (const connection of all) connection.close();
  return { ...quantiles(times), rate: Math.round(rateDone) };
}
