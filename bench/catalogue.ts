/** The benchmarks by name, in the order in which all of them run. */
import { growth } from './growth.ts';
import { latency } from './latency.ts';
import { orders } from './orders.ts';
import { poison } from './poison.ts';
import { reads } from './reads.ts';
import { rebuild } from './rebuild.ts';
import { recover } from './recover.ts';
import { replay } from './replay.ts';
import { scale } from './scale.ts';
import type { Entry } from './support/benchmark.ts';
import { writes } from './writes.ts';

export const BENCHMARKS: Readonly<Record<string, Entry>> = {
  latency: {
    run: latency,
    about: 'commit → document and → read API, beside the sink',
    minutes: 5,
    sink: true,
  },
  reads: { run: reads, about: 'point reads, beside findOne, the SQL join and Fastify alone', minutes: 5 },
  writes: { run: writes, about: 'each command, beside bare Fastify and pg', minutes: 2 },
  recover: {
    run: recover,
    about: 'from the loss of a projector to progress',
    minutes: 5,
  },
  rebuild: { run: rebuild, about: 'every document compared with SQL, and made anew', minutes: 5 },
  growth: { run: growth, about: 'cost and memory with few users and with many', minutes: 3 },
  scale: { run: scale, about: 'one, two and three projectors; one and two read APIs', minutes: 2 },
  poison: { run: poison, about: 'whether one undecodable change slows other users down', minutes: 8 },
  orders: {
    run: orders,
    about: 'the shop: reads and staleness under load, and a customer of 10,000 orders renamed',
    minutes: 6,
    example: 'orders',
  },
  replay: {
    run: replay,
    about: 'changes in Kafka → an empty read model, beside five peers',
    minutes: 8,
    sink: true,
  },
};

export function usage(): string {
  const names = Object.entries(BENCHMARKS).map(
    ([name, { about, minutes }]) => `  ${name.padEnd(10)} ${about} (about ${minutes} min)\n`,
  );
  return `usage: npm run bench -- [<name> …] [--save] [--full] [--json]

${names.join('')}
Without a name all of them run, each on fresh servers of its own.

  --save   keep the figures in bench/results/, from which npm run bench:report writes docs/performance.md
  --full   the largest sizes as well
  --json   one line of JSON on standard output in place of the tables
`;
}
