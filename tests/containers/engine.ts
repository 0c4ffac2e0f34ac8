/** The container engine of this machine and Compose, called as an operator calls them. */
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { cacheRoot, isCached } from '../../stack/embedded/cache.ts';
import { messageOf } from '../../stack/errors.ts';
import { versions } from '../../stack/versions.ts';
import { builtCompose, composeEntry } from './compose-binary.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Over those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its output is shown as it comes, on standard error. */
  readonly shown?: boolean;
  readonly input?: string;
}

export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(command, args, { env: { ...process.env, ...options.env } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
    if (options.shown === true) process.stderr.write(String(chunk));
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
    if (options.shown === true) process.stderr.write(String(chunk));
  });
  child.stdin.end(options.input);
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

export const docker = (...args: readonly string[]): Promise<string> => output('docker', args);

/** The words before Compose's own arguments, or null: neither the engine's plugin nor one that we have built. */
export async function findCompose(): Promise<readonly [string, ...string[]] | null> {
  const plugin = await run('docker', ['compose', 'version']);
  if (plugin.code === 0) return ['docker', 'compose'];
  const root = cacheRoot(process.env);
  return isCached(root, composeEntry) ? [builtCompose(root)] : null;
}

/** Why there can be no test with containers here, or null. One line. */
export async function whatIsMissing(): Promise<string | null> {
  try {
    const asked = await run('docker', ['version', '--format', '{{.Server.Version}}']);
    if (asked.code !== 0) return `no container engine answers (${lastLine(asked.stderr)})`;
  } catch (error) {
    return `there is no docker command (${messageOf(error)})`;
  }
  if ((await findCompose()) === null) return 'there is no Compose v2 (npm run stand-ins builds one)';
  const absent: string[] = [];
  for (const image of baseImages()) if (!(await hasImage(image))) absent.push(image);
  return absent.length === 0
    ? null
    : `images are absent: ${absent.join(', ')} (docker pull them, or npm run stand-ins where that cannot be)`;
}

/** What compose, the containers provider and our Dockerfiles start from. */
export function baseImages(): readonly string[] {
  const { postgres, mongo, kafka, node, maven } = versions;
  return [postgres.image, mongo.image, kafka.image, node.image, maven.image];
}

export async function hasImage(image: string): Promise<boolean> {
  return (await run('docker', ['image', 'inspect', image])).code === 0;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
