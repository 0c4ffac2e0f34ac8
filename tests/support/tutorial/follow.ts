/** Follows the steps of a tutorial in a copy of this clone, as a reader does with two terminals: one for the system, one for all else. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readStackFile } from '../../../cli/local/stack-file.ts';
import { waitFor } from '../../../stack/wait.ts';
import { isAsShown } from './compare.ts';
import { changed } from './steps.ts';
import type { Step } from './steps.ts';

type Env = Readonly<Record<string, string | undefined>>;

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Not of the clone as somebody gets it. */
const OWN = new Set(['node_modules', '.compiled', '.readside', 'dist', '.git']);
const COMMAND_DEADLINE_MS = 120_000;
const START_DEADLINE_MS = 120_000;
/** A change is in the documents a moment after it was made. */
const READ_DEADLINE_MS = 30_000;
/** What the shell of the second terminal remembers from one block to the next. */
const STATE = '.tutorial-variables';

/** A clone of its own, with the dependencies of this one. */
export function copyClone(folder: string): void {
  cpSync(ROOT, folder, { recursive: true, filter: (path) => !OWN.has(basename(path)) });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}

export interface Reader {
  /** @throws Error that says what was not as the text says. */
  follow(this: void, step: Step): Promise<void>;
  /** Ends the system of the first terminal. */
  leave(this: void): Promise<void>;
}

export function createReader(clone: string, env: Env): Reader {
  let system: Running | null = null;

  async function leave(): Promise<void> {
    const running = system;
    system = null;
    running?.child.kill('SIGINT');
    await running?.ended;
  }

  async function follow(step: Step): Promise<void> {
    switch (step.kind) {
      case 'write':
        return write(join(clone, step.file), step.text);
      case 'change': {
        const file = join(clone, step.file);
        return write(file, changed(readFileSync(file, 'utf8'), step.diff));
      }
      case 'interrupt':
        return leave();
      case 'run':
        if (!step.script.startsWith('npm start')) return run(step);
        if (step.prints === null) throw new Error('it says not how one sees that the system runs');
        system = start(`exec ${step.script}`, clone, env);
        return untilAsShown(step, system, START_DEADLINE_MS);
    }
  }

  /** What only reads is asked again: the change may be on its way. */
  async function run(step: Extract<Step, { kind: 'run' }>): Promise<void> {
    const script = `set -euo pipefail; set -a; [ ! -f ${STATE} ] || . ./${STATE}\n${atHome(step.script)}\nexport -p > ${STATE}`;
    const isRead = step.script.startsWith('curl ');
    const deadline = Date.now() + READ_DEADLINE_MS;
    for (;;) {
      const running = start(script, clone, env, COMMAND_DEADLINE_MS);
      const code = await running.ended;
      if (code !== 0) throw new Error(`exit ${code}: ${running.printed()}${running.said()}`);
      if (step.prints === null || isAsShown(step.prints, running.printed())) return;
      if (!isRead || Date.now() > deadline) throw notAsShown(running);
    }
  }

  /** The text's addresses are those of a machine on which nothing else runs. */
  function atHome(script: string): string {
    const { writeApiUrl = '', readApiUrl = '' } = readStackFile(join(clone, '.readside')) ?? {};
    return script
      .replaceAll('http://127.0.0.1:3001', writeApiUrl)
      .replaceAll('http://127.0.0.1:3002', readApiUrl);
  }

  return { follow, leave };
}

interface Running {
  readonly child: ChildProcess;
  /** The exit code; null: ended by a signal. */
  readonly ended: Promise<number | null>;
  readonly printed: () => string;
  readonly said: () => string;
}

function start(script: string, cwd: string, env: Env, timeout?: number): Running {
  const child = spawn('bash', ['-c', script], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(timeout !== undefined && { timeout }),
  });
  let printed = '';
  let said = '';
  child.stdout.on('data', (chunk) => (printed += String(chunk)));
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { child, ended, printed: () => printed, said: () => said };
}

async function untilAsShown(
  { prints }: Extract<Step, { kind: 'run' }>,
  running: Running,
  timeoutMs: number,
): Promise<void> {
  const hasEnded = (): boolean => running.child.exitCode !== null || running.child.signalCode !== null;
  const isThere = (): boolean => prints !== null && isAsShown(prints, running.printed());
  await waitFor('what is shown', () => isThere() || hasEnded(), { timeoutMs, intervalMs: 100 });
  if (!isThere()) throw notAsShown(running);
}

function notAsShown(running: Running): Error {
  return new Error(`it does not print what is shown, but:\n${running.printed()}${running.said()}`);
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
