/**
 * Readers that come at an even pace, whether or not the ones before were answered. The time of each runs from when it was due, so that a
 * server that stands still is seen by all who would have come meanwhile.
 * Arguments: URL, reads a second, seconds, a file of requests as JSON. Prints one `LoadResult`.
 */
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantiles } from '../support/quantiles.ts';
import type { LoadResult, ReadRequest } from '../support/read-load.ts';

const CONNECTIONS = 50;

const [url = '', rateText, secondsText, file = ''] = process.argv.slice(2);
const perMs = Number(rateText) / 1000;
const requests = JSON.parse(readFileSync(file, 'utf8')) as readonly ReadRequest[];
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const { hostname, port } = new URL(url);

const times: number[] = [];
let notModified = 0;
let failed = 0;
function ask({ path, headers }: ReadRequest, due: number): Promise<void> {
  return new Promise((resolve) => {
    get({ agent, hostname, port, path, headers: { ...headers } }, (response) => {
      response.resume();
      response.once('end', () => {
        times.push(performance.now() - due);
        if (response.statusCode === 304) notModified += 1;
        else if (response.statusCode !== 200) failed += 1;
        resolve();
      });
    }).once('error', () => {
      failed += 1;
      resolve();
    });
  });
}

const began = performance.now();
const total = Math.round(perMs * 1000 * Number(secondsText));
const open: Array<Promise<void>> = [];
while (open.length < total) {
  const now = performance.now();
  while (open.length < total && began + open.length / perMs <= now) {
    const request = requests[open.length % requests.length];
    if (request === undefined) throw new Error('there are no requests');
    open.push(ask(request, began + open.length / perMs));
  }
  await sleep(1);
}
await Promise.all(open);
const { count, p50, p99, max } = quantiles(times);
const rate = Math.round((1000 * count) / (performance.now() - began));
const result: LoadResult = { rate, count, notModified, failed, p50, p99, max };
process.stdout.write(`${JSON.stringify(result)}\n`);
agent.destroy();
