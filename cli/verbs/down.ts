/** `readside down`: ends the local system that runs in the data folder, or what a killed one left behind. */
import type { Command } from 'commander';
import { sendSignal } from '../../stack/process-identity.ts';
import { endOrphans, stackHolder } from '../../stack/run-records.ts';
import { waitFor } from '../../stack/wait.ts';
import { removeStackFile } from '../local/stack-file.ts';
import type { GlobalOptions } from './environment.ts';

const DEADLINE_MS = 60_000;

export function addDown(program: Command): void {
  program
    .command('down')
    .description('stop the local system; its data stays')
    .option('--json', 'print what was stopped as JSON', false)
    .action(async (_options: unknown, command: Command) =>
      down(command.optsWithGlobals<GlobalOptions & { json: boolean }>()),
    );
}

async function down(options: GlobalOptions & { json: boolean }): Promise<void> {
  const dataDir = options.data;
  const holder = stackHolder(dataDir);
  if (holder !== undefined) {
    sendSignal(holder, 'SIGTERM');
    await waitFor(`the end of process ${holder}`, () => stackHolder(dataDir) === undefined, {
      timeoutMs: DEADLINE_MS,
    });
  }
  const orphans = await endOrphans(dataDir);
  removeStackFile(dataDir);
  if (options.json) process.stdout.write(`${JSON.stringify({ stopped: holder ?? null, orphans })}\n`);
  else
    process.stdout.write(
      `${summary(
        holder,
        orphans.map(({ name }) => name),
      )}\n`,
    );
}

function summary(holder: number | undefined, orphans: readonly string[]): string {
  if (holder === undefined && orphans.length === 0) return 'nothing was running';
  const parts = [
    holder === undefined ? [] : [`stopped (pid ${holder})`],
    orphans.length === 0 ? [] : [`ended ${orphans.join(', ')}`],
  ];
  return parts.flat().join('; ');
}
