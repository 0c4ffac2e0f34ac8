/**
 * Each command of the write API, and the same statements by bare Fastify and pg (peers/plain-writes.ts): the same clients, the same pool,
 * each on users of its own, in turns. The connector is stopped meanwhile, so that nobody else works on what they write.
 * READSIDE_BENCH_ROUNDS (9), READSIDE_BENCH_COMMANDS (200 of each a round: short, so that whatever else slows the machine down meets both).
 */
import pg from 'pg';
import { withUser } from '../cli/local/services.ts';
import { waitUntilState } from '../connectors/register.ts';
import { createConnectClient } from '../services/shared/connect/connect-client.ts';
import { connectorName } from '../services/shared/stream-names.ts';
import { askAll } from './load/clients.ts';
import { COMMANDS, addUsers } from './support/commands.ts';
import type { Benchmark } from './support/benchmark.ts';
import { startMeasured } from './support/measured-process.ts';
import { figure, median, ratios } from './support/outcome.ts';

const ROUNDS = Number(process.env['READSIDE_BENCH_ROUNDS'] ?? 9);
const COUNT = Number(process.env['READSIDE_BENCH_COMMANDS'] ?? 200);
const WARM_UP = 300;
const CLIENTS = 20;
const DEADLINE_MS = 30_000;
const TARGET = { atLeast: 0.8 };

export const writes: Benchmark = async (system, signal, tell) => {
  const { postgresUrl, writeApiUrl, connectUrl } = system.info();
  const connect = createConnectClient(connectUrl);
  const connector = connectorName('profile');
  await connect.stop(connector);
  await waitUntilState(connect, connector, 'STOPPED', DEADLINE_MS);
  const sql = new pg.Client({ connectionString: postgresUrl });
  await sql.connect();
  const peer = startMeasured(
    'bench/peers/plain-writes.ts',
    [withUser(postgresUrl, 'readside_writer', system.stack.secrets.writer)],
    {},
  );
  try {
    const port = await peer.line((line) => (/^\d+$/.test(line) ? line : undefined));
    const sides = { ours: writeApiUrl, peer: `http://127.0.0.1:${port}` };
    const rates = new Map<string, { readonly ours: number[]; readonly peer: number[] }>();
    for (let round = 0; round <= ROUNDS; round++) {
      const count = round === 0 ? WARM_UP : COUNT;
      const users = { ours: await addUsers(sql, count), peer: await addUsers(sql, count) };
      await sql.query('analyze users, addresses, preferences');
      for (const [name, command] of Object.entries(COMMANDS)) {
        const found = rates.get(name) ?? { ours: [], peer: [] };
        rates.set(name, found);
        // Whoever comes second meets what the first has left to be written.
        const order = round % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const);
        for (const side of order) {
          signal.throwIfAborted();
          const rate = await askAll(sides[side], CLIENTS, users[side].map(command));
          if (round > 0) found[side].push(rate);
        }
      }
      if (round > 0) tell(`round ${round} of ${ROUNDS}: ${[...rates].map(told).join(', ')}`);
    }
    const all = [...rates];
    return {
      settings: { rounds: ROUNDS, commands: COUNT, clients: CLIENTS },
      figures: all.flatMap(([name, { ours, peer: theirs }]) => [
        figure(name, '/s', ours),
        figure(`${name}, Fastify + pg`, '/s', theirs),
        figure(`${name}: ours to it`, '×', ratios(ours, theirs), TARGET),
      ]),
      plots: [
        {
          kind: 'bars',
          title: 'Commands a second',
          unit: '/s',
          bars: all.flatMap(([name, { ours, peer: theirs }]) => [
            { label: name, value: Math.round(median(ours)), isOurs: true },
            { label: 'Fastify + pg', value: Math.round(median(theirs)), isOurs: false },
          ]),
        },
      ],
    };
  } finally {
    await peer.stop();
    await sql.end();
    await connect.resume(connector);
  }
};

function told([name, { ours, peer }]: readonly [
  string,
  { readonly ours: readonly number[]; readonly peer: readonly number[] },
]): string {
  return `${name} ${((ours.at(-1) ?? 0) / (peer.at(-1) ?? 1)).toFixed(2)}×`;
}
