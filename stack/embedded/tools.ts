/** Runs the tools we need but do not supervise: mvn, pip, initdb, java -version. */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

export type Env = Readonly<Record<string, string | undefined>>;

export interface ToolOptions {
  readonly env: Env;
  readonly cwd?: string;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: (line: string) => void;
}

export interface ToolResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** stdout and stderr, as they came; only the end of a very long output. */
  readonly output: string;
}

/** Rejects when the tool cannot be started (ENOENT, EACCES) or the signal fires; an exit code other than 0 is a result. */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions,
): Promise<ToolResult> {
  options.signal?.throwIfAborted();
  const child = spawn(command, args, {
    env: options.env,
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C is ours to handle, and a tool that starts others (mvn is a shell script) is ended with them.
    detached: true,
    ...options.user,
  });
  const lines: string[] = [];
  const take = (line: string): void => {
    lines.push(line);
    if (lines.length > 400) lines.shift();
    options.onLine?.(line);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', take);
  const end = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  options.signal?.addEventListener('abort', end, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    options.signal?.throwIfAborted();
    return { code, output: lines.join('\n') };
  } finally {
    options.signal?.removeEventListener('abort', end);
  }
}

/** The path of a command, as a shell would find it. */
export function which(command: string, env: Env): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there or not for us: either way not a command.
    return false;
  }
}

/** What a server of ours gets of the caller's environment: nothing that could change it by accident. */
export function serverEnv(env: Env, own: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH', 'JAVA_TOOL_OPTIONS'].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC', ...own };
}
