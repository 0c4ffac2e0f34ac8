/**
 * `npm run bench -- <name> [--json]`: runs one benchmark, or all, on an embedded system of its own.
 * Results go to standard output; figures from different runs or machines are not for comparing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startSystem } from '../cli/local/system.ts';
import { createReporter } from '../cli/reporter.ts';
import { createLogger } from '../services/shared/logger.ts';
import type { Benchmark } from './support/benchmark.ts';
import { installMongoSink } from './peers/mongo-sink.ts';
import { latency } from './latency.ts';
import { poison } from './poison.ts';
import { reads } from './reads.ts';
import { replay } from './replay.ts';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = { latency, poison, reads, replay };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
const unknown = names.filter((name) => !(name in BENCHMARKS));
if (values.help || unknown.length > 0) {
  process.stderr.write(`usage: npm run bench -- [${Object.keys(BENCHMARKS).join(' | ')}] [--json]\n`);
  process.exit(unknown.length > 0 ? 2 : 0);
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
const dataDir = mkdtempSync(join(tmpdir(), 'readside-bench-'));
const report = createReporter(process.stderr);
const env = names.includes('replay')
  ? { ...process.env, READSIDE_CONNECT_PLUGINS: await installMongoSink(process.env, report) }
  : process.env;
const system = await startSystem({
  root: fileURLToPath(new URL('..', import.meta.url)),
  dataDir,
  ports: 'ephemeral',
  projection: 'profile',
  env,
  logger: createLogger('bench', 'warn'),
  signal: stopping.signal,
  onEvent: report,
});
try {
  const results: Record<string, unknown> = {};
  for (const name of names) {
    const run = BENCHMARKS[name];
    if (run) results[name] = await run(system, stopping.signal, (line) => process.stderr.write(`${line}\n`));
  }
  const machine = {
    node: process.version,
    cpus: cpus().length,
    model: cpus()[0]?.model,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
  const text = values.json
    ? JSON.stringify({ machine, results })
    : JSON.stringify({ machine, results }, null, 2);
  process.stdout.write(`${text}\n`);
} finally {
  await system.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
