/**
 * Readers that each ask again as soon as they are answered, by autocannon: how many answers a second. In a process of its own, so that it
 * takes nothing of the measured one's turn.
 * Arguments: URL, connections, seconds (0: each request once), a file of requests as JSON. Prints one `LoadResult`.
 */
import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import type { LoadResult, ReadRequest } from '../support/read-load.ts';

/** Its run ends with a sample; a whole second would round what takes two. */
const SAMPLE_MS = 20;

const [url = '', connectionsText, secondsText, file = ''] = process.argv.slice(2);
const connections = Number(connectionsText);
const seconds = Number(secondsText);
const all = JSON.parse(readFileSync(file, 'utf8')) as readonly ReadRequest[];

// Each connection has requests of its own, made ready before the first is sent; where there are fewer, all have the same.
let next = 0;
const shareOf = (i: number): autocannon.Request[] =>
  all
    .filter((_, at) => all.length < connections || at % connections === i)
    .map(({ path, headers }) => ({ method: 'GET', path, headers: { ...headers } }));

const result = await autocannon({
  url,
  connections,
  sampleInt: SAMPLE_MS,
  timeout: 10,
  ...(seconds > 0 ? { duration: seconds } : { amount: all.length }),
  setupClient: (client) => {
    client.setRequests(shareOf(next));
    next += 1;
  },
});
const answered: LoadResult = {
  rate: Math.round((result['2xx'] + result['3xx']) / result.duration),
  count: result['2xx'] + result['3xx'],
  notModified: result['3xx'],
  failed: result.errors + result['4xx'] + result['5xx'],
  p50: result.latency.p50,
  p99: result.latency.p99,
  max: result.latency.max,
};
process.stdout.write(`${JSON.stringify(answered)}\n`);
