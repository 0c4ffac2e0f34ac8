/** Commands of this machine, run to their end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Over those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  // Rejects on `error`: the command is not there.
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Its standard output. @throws Error with what it said, when it ends other than 0. */
export async function output(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code === 0) return stdout.trim();
  const said = `${stdout}${stderr}`.trim().split('\n').slice(-30).join('\n');
  throw new Error(`${command} ${args.slice(0, 4).join(' ')} ended with ${code}:\n${said}`);
}
