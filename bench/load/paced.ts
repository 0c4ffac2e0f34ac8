/**
 * Readers that come at an even pace, whether or not the ones before were answered. The time of each runs from when it was due, so that a
 * server that stands still is seen by all who would have come meanwhile. Over bare sockets: Node's own client takes more of a core than
 * the server that is measured.
 * Arguments: URL, reads a second, seconds, a file of requests as JSON. Prints one `LoadResult`.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantiles } from '../support/quantiles.ts';
import type { LoadResult, ReadRequest } from '../support/read-load.ts';

const CONNECTIONS = 50;
const END_OF_HEAD = Buffer.from('\r\n\r\n');

const [url = '', rateText, secondsText, file = ''] = process.argv.slice(2);
const { hostname, host, port } = new URL(url);
const perMs = Number(rateText) / 1000;
const requests = (JSON.parse(readFileSync(file, 'utf8')) as readonly ReadRequest[]).map(
  ({ path, headers = {} }) =>
    `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`,
);

const times: number[] = [];
let notModified = 0;
let failed = 0;

/** One request at a time on each connection; those that are due while all are busy wait, and their time runs. */
const waiting: Array<readonly [request: string, due: number]> = [];
const idle: Reader[] = [];

interface Reader {
  ask(request: string, due: number): void;
}

function openReader(socket: Socket): Reader {
  let since = 0;
  let rest = Buffer.alloc(0);
  const reader: Reader = {
    ask(request, due) {
      since = due;
      socket.write(request);
    },
  };
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, Buffer.from(chunk)]);
    const end = rest.indexOf(END_OF_HEAD);
    if (end < 0) return;
    const head = rest.toString('latin1', 0, end);
    const status = Number(head.slice(9, 12));
    const length = status === 304 ? 0 : Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (rest.length < end + END_OF_HEAD.length + length) return;
    rest = Buffer.alloc(0);
    times.push(performance.now() - since);
    if (status === 304) notModified += 1;
    else if (status !== 200) failed += 1;
    const next = waiting.shift();
    if (next) reader.ask(...next);
    else idle.push(reader);
  });
  return reader;
}

const sockets = await Promise.all(
  Array.from(
    { length: CONNECTIONS },
    () =>
      new Promise<Socket>((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => resolve(socket));
        socket.once('error', reject);
      }),
  ),
);
for (const socket of sockets) idle.push(openReader(socket));

const began = performance.now();
const total = Math.round(perMs * 1000 * Number(secondsText));
for (let asked = 0; asked < total; await sleep(1))
  while (asked < total && began + asked / perMs <= performance.now()) {
    const request = requests[asked % requests.length] ?? '';
    const due = began + asked / perMs;
    const reader = idle.shift();
    if (reader) reader.ask(request, due);
    else waiting.push([request, due]);
    asked += 1;
  }
while (times.length < total) await sleep(1);
const { count, p50, p99, max } = quantiles(times);
const rate = Math.round((1000 * count) / (performance.now() - began));
const result: LoadResult = { rate, count, notModified, failed, p50, p99, max };
process.stdout.write(`${JSON.stringify(result)}\n`);
for (const socket of sockets) socket.destroy();
