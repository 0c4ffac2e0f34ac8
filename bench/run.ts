/**
 * `npm run bench -- [<name> …]`: each benchmark on an embedded system of its own, its figures as soon as it is through. Figures from
 * different runs or machines are not for comparing. A target that is missed fails nothing: machines differ.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSystem } from '../cli/local/system.ts';
import { createReporter } from '../cli/reporter.ts';
import { createLogger } from '../services/shared/logger.ts';
import { messageOf } from '../stack/errors.ts';
import { BENCHMARKS, usage } from './catalogue.ts';
import { installMongoSink } from './peers/mongo-sink.ts';
import type { Entry } from './support/benchmark.ts';
import { loadApplication } from '../services/shared/application.ts';
import { projectionNames } from '../services/shared/load-projection.ts';
import { CLONE_FOLDER } from '../services/shared/code-folders.ts';
import { currentCommit, describeMachine } from './support/machine.ts';
import type { Outcome } from './support/outcome.ts';
import { saveResult } from './support/results.ts';
import { toText } from './support/table.ts';

const EXIT = { failed: 1, usage: 2, interrupted: 130 } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
const unknown = names.filter((name) => !(name in BENCHMARKS));
if (values.help) {
  process.stdout.write(usage());
  process.exit(0);
}
if (unknown.length > 0) {
  process.stderr.write(`there is no benchmark ${unknown.join(', ')}\n\n${usage()}`);
  process.exit(EXIT.usage);
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
const report = createReporter(process.stderr);
const tell = (line: string): void => void process.stderr.write(`${line}\n`);
const machine = describeMachine();
const commit = await currentCommit(CLONE_FOLDER, process.env);
const results: Record<string, unknown> = {};

for (const [at, name] of names.entries()) {
  const entry = BENCHMARKS[name];
  if (!entry || stopping.signal.aborted) continue;
  tell(`\n── ${name} (${at + 1} of ${names.length}): ${entry.about}; about ${entry.minutes} min ──`);
  const date = new Date().toISOString();
  try {
    const result = await runOne(entry);
    results[name] = result;
    (values.json ? process.stderr : process.stdout).write(`\n${name}\n${toText(result.figures)}`);
    if (!values.save) continue;
    const kept = { name, about: entry.about, date, commit, machine, ...result };
    tell(`kept in ${saveResult(join(CLONE_FOLDER, 'bench/results'), kept)}`);
  } catch (error) {
    // What a stop breaks on its way, a connection for instance, is not why.
    const why: unknown = stopping.signal.aborted ? stopping.signal.reason : error;
    tell(`${name} could not be measured: ${messageOf(why)}`);
    process.exitCode = stopping.signal.aborted ? EXIT.interrupted : EXIT.failed;
  }
}
if (values.json) process.stdout.write(`${JSON.stringify({ machine, commit, results })}\n`);

async function runOne({ run, sink, example, partitions }: Entry): Promise<Outcome> {
  const dataDir = mkdtempSync(join(tmpdir(), 'readside-bench-'));
  try {
    const application = await loadApplication(example);
    const system = await startSystem({
      root: CLONE_FOLDER,
      dataDir,
      ports: 'ephemeral',
      application,
      projections: example === undefined ? [application.defaultProjection] : projectionNames(application),
      ...(partitions === undefined ? {} : { partitions }),
      env: sink
        ? { ...process.env, READSIDE_CONNECT_PLUGINS: await installMongoSink(process.env, report) }
        : process.env,
      logger: createLogger('bench', 'warn'),
      signal: stopping.signal,
      onEvent: report,
    });
    try {
      return await run(system, stopping.signal, tell, { full: values.full, dataDir });
    } finally {
      await system.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
