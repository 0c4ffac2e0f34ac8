/**
 * What the rows gave, kept in tests/faults/results.json and told by docs/faults.md. Only a run writes a figure; a row that is run
 * alone replaces its own line.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import type { FaultRow, MissingRow } from './fault-row.ts';
import { PROBES } from './run-row.ts';
import type { RowResult } from './run-row.ts';

export type Recorded = (
  ({ readonly result: 'passed' } & RowResult) | { readonly result: 'failed'; readonly error: string }
) & {
  readonly at: string;
  readonly commit: string;
  readonly cores: number;
  /** What the machine had to do, all in all: processes that wanted a core, over the last minute. */
  readonly load?: number;
};

type Results = Readonly<Record<string, Recorded>>;

const FILE = fileURLToPath(new URL('../../faults/results.json', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../docs/faults.md', import.meta.url));

export function readResults(): Results {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Results;
}

export function record(
  name: string,
  outcome:
    | { readonly result: 'passed'; readonly figures: RowResult }
    | { readonly result: 'failed'; readonly error: string },
): void {
  const now = {
    at: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    cores: cpus().length,
    load: Math.round(loadavg()[0] ?? 0),
  };
  const recorded: Recorded =
    outcome.result === 'passed'
      ? { result: 'passed', ...outcome.figures, ...now }
      : { result: 'failed', error: outcome.error.slice(0, 500), ...now };
  const results = Object.entries({ ...readResults(), [name]: recorded });
  results.sort(([a], [b]) => Number(a) - Number(b) || a.localeCompare(b));
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(results), null, 2)}\n`);
}

export async function writePage(rows: readonly FaultRow[], missing: readonly MissingRow[]): Promise<void> {
  const options = await prettier.resolveConfig(PAGE);
  writeFileSync(
    PAGE,
    await prettier.format(page(rows, missing, readResults()), { ...options, parser: 'markdown' }),
  );
}

/** Pure, so that a test can hold the committed page to the committed results. */
export function page(rows: readonly FaultRow[], missing: readonly MissingRow[], results: Results): string {
  const passed = rows.filter(({ number }) => results[number]?.result === 'passed');
  const short = rows.filter((row) => row.short === true).map(({ number }) => number);
  return `# Faults

Written by \`npm run test:faults\` from \`tests/faults/results.json\`; not edited by hand. Of 30 rows ${passed.length} ran and passed.

Each row: real processes, three REST writers and two SQL writers before, inside and after the fault, two readers that never stop. Then the writers stop and the oracle compares: every document with the SQL view, every answer of the read API with it, every acknowledged command, and nothing that a reader saw went back.

- **Recovery** counts from the end of the fault until ${PROBES} users that were written after it are all served.
- **Acknowledged** are REST commands and SQL transactions; *inside* are those during the fault.
- **When** names the commit and the machine: its cores, and how many processes wanted one (load). A recovery time is of that machine at that load.
- **Documents** are all that were compared; **reads** are those of the readers that watched.

| Row | Fault | Result | Fault lasted | Recovery | Bound | Acknowledged (inside) | Documents | Reads | When |
| --: | --- | --- | --: | --: | --: | --: | --: | --: | --- |
${rows.map((row) => line(row, results[row.number])).join('\n')}

\`npm test\` runs rows ${short.join(', ')} and the oracle's own test; the others run only by \`npm run test:faults\`.

## What is done

${rows.map(({ number, name, how }) => `- **${number}, ${name}.** ${how}`).join('\n')}

## Rows that did not run

${missing.length === 0 ? 'None.' : missing.map(({ number, name, reason }) => `- **${number}, ${name}**: ${reason}`).join('\n')}

## The long run

${soak(results[0])}

## What is out of scope

A change that somebody writes into the topic again, by hand, gets a new offset and counts as new: an old \`u\` sent after newer ones overwrites them. The exactly-once source keeps Connect from doing it (rows 5 to 7); row 14 sends each user's *newest* change again, which changes nothing.
`;
}

function line(row: FaultRow, result: Recorded | undefined): string {
  const start = `| ${row.number} | ${row.name} |`;
  const bound = seconds(row.boundMs);
  if (result === undefined) return `${start} not run yet | | | ${bound} | | | | |`;
  const when = `${result.at.slice(0, 10)}, ${result.commit}, ${machine(result)}`;
  if (result.result === 'failed') return `${start} **failed** | | | ${bound} | | | | ${when} |`;
  return `${start} passed | ${seconds(result.faultMs)} | ${seconds(result.recoveryMs)} | ${bound} | ${result.acknowledged} (${result.inside}) | ${result.documents} | ${result.reads} | ${when} |`;
}

function soak(result: Recorded | undefined): string {
  const what =
    '`npm run test:soak` (READSIDE_SOAK_MINUTES, 10 by default): load, and every 7 s kill -9 of a process chosen by a printed seed.';
  if (result === undefined) return `${what} Not run yet.`;
  if (result.result === 'failed') return `${what} The last run failed.`;
  return `${what} The last run: ${seconds(result.faultMs)} of kills, ${result.acknowledged} commands acknowledged, ${result.documents} documents compared, ${result.reads} reads, recovery ${seconds(result.recoveryMs)}; ${result.at.slice(0, 10)}, ${result.commit}, ${machine(result)}.`;
}

function machine({ cores, load }: Recorded): string {
  return load === undefined ? `${cores} cores` : `${cores} cores, load ${load}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
