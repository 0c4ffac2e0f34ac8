/** A program in a process of its own, run as in production (compiled, NODE_ENV=production), with what it took of the machine. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { compiledProgram } from '../../cli/local/compiled.ts';
import { CLONE_FOLDER } from '../../services/shared/code-folders.ts';

export interface MeasuredProcess {
  readonly pid: number;
  /** Most memory that it has had so far, in MB. */
  peakMb(): number;
  /** CPU seconds so far, of all its threads. */
  cpuSeconds(): number;
  /** Resolves with a line of its standard output for which `wanted` gives something. */
  line<T>(wanted: (line: string) => T | undefined): Promise<T>;
  stop(): Promise<void>;
}

/** USER_HZ, the unit of /proc/<pid>/stat. */
const TICKS_A_SECOND = 100;

/**
 * `script`: a source file, named from the clone's folder; what runs is what it was compiled to. A path in `env` that the program imports
 * must be `compiled` as well. `isApart`: in a session of its own, by which Linux shares out cores; it has to end by itself when we are gone.
 * READSIDE_BENCH_NODE: further arguments of node, such as --cpu-prof.
 */
export function startMeasured(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  isApart = false,
): MeasuredProcess {
  const child = spawn(process.execPath, [...compiledProgram(script, nodeArgs()), ...args], {
    cwd: CLONE_FOLDER,
    detached: isApart,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${script} could not be started`);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines: string[] = [];
  let rest = '';
  const waiting = new Set<() => void>();
  child.stdout.on('data', (chunk) => {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    for (const look of waiting) look();
  });
  return {
    pid,
    peakMb: () =>
      Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024,
    cpuSeconds: () => {
      // The name in brackets may hold spaces; user and system time are fields 14 and 15.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
    },
    line: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          for (const line of lines) {
            const found = wanted(line);
            if (found === undefined) continue;
            waiting.delete(look);
            resolve(found);
            return;
          }
        };
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`${script} ended: ${lines.slice(-5).join('\n')}`)));
      }),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function nodeArgs(): readonly string[] {
  return (process.env['READSIDE_BENCH_NODE'] ?? '').split(' ').filter((arg) => arg !== '');
}
