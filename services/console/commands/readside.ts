/**
 * The `readside` command as child processes: what the console shows and does is what a terminal would. Knows who is running, and leaves
 * nobody behind: at the stop each gets SIGINT, by which a verb ends in order, and after a deadline SIGKILL.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createLines } from './lines.ts';

export interface CommandOptions {
  readonly args: readonly string[];
  /** Whoever asked for it: the verb's USER. */
  readonly by: string;
  /** Of what it writes to standard output. */
  readonly onOutput: (chunk: Buffer) => void;
  /** Lines of standard error. */
  readonly onLine?: (line: string) => void;
}

export interface Ended {
  /** null: by a signal, or it was not started. */
  readonly code: number | null;
  /** By which it ended; null: by itself. */
  readonly signal: NodeJS.Signals | null;
  /** Its last line on standard error, or what happened to it. */
  readonly lastLine: string | null;
}

export interface Command {
  readonly pid: number | null;
  readonly ended: Promise<Ended>;
  /** SIGINT: it ends in order, in its own time. */
  interrupt(): void;
  kill(): void;
}

export interface Readside {
  start(options: CommandOptions): Command;
  /** Resolves when none runs. None is started after it. */
  stop(): Promise<void>;
}

export interface ReadsideOptions {
  /** Arguments of node: of what the command was compiled to. */
  readonly program: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Less than a service has to stop in (run-service.ts). */
const STOP_DEADLINE_MS = 12_000;
const LONGEST_LINE = 10_000;
const LONGEST_NAME = 200;

export function createReadside({ program, cwd, env }: ReadsideOptions): Readside {
  const running = new Set<Command>();
  let isStopping = false;

  function start({ args, by, onOutput, onLine = () => undefined }: CommandOptions): Command {
    if (isStopping) return notStarted('the console stops');
    const child = spawn(process.execPath, [...program, ...args], {
      cwd,
      env: { ...env, USER: nameOf(by), NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let lastLine: string | null = null;
    const told = (line: string): void => {
      lastLine = line;
      onLine(line);
    };
    child.stdout.on('data', onOutput);
    child.stderr.on(
      'data',
      createLines(LONGEST_LINE, told, () => undefined),
    );
    const command: Command = {
      pid: child.pid ?? null,
      ended: endOf(child, () => lastLine),
      interrupt: () => void child.kill('SIGINT'),
      kill: () => void child.kill('SIGKILL'),
    };
    running.add(command);
    void command.ended.then(() => running.delete(command));
    return command;
  }

  return {
    start,
    async stop() {
      isStopping = true;
      for (const each of running) each.interrupt();
      const kill = setTimeout(() => {
        for (const each of running) each.kill();
      }, STOP_DEADLINE_MS);
      await Promise.all([...running].map(({ ended }) => ended));
      clearTimeout(kill);
    },
  };
}

/** Resolves when its output has been read too. */
function endOf(child: ChildProcess, lastLine: () => string | null): Promise<Ended> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, lastLine: error.message }));
    child.once('close', (code, signal) =>
      resolve({
        code,
        signal,
        lastLine: lastLine() ?? (signal === null ? null : `it was ended by ${signal}`),
      }),
    );
  });
}

function notStarted(why: string): Command {
  return {
    pid: null,
    ended: Promise.resolve({ code: null, signal: null, lastLine: why }),
    interrupt: () => undefined,
    kill: () => undefined,
  };
}

/** As the environment can hold it: of the tokens' issuer, whose subjects may be any text. */
function nameOf(subject: string): string {
  return subject.replaceAll(/\p{Cc}/gu, ' ').slice(0, LONGEST_NAME);
}
