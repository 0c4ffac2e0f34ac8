/** The `readside` command as a process of its own, as a person or a script runs it, and what it leaves behind. */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface CliRun {
  /** Outputs so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Its standard output is read no more. */
  readonly hangUp: () => void;
  readonly done: Promise<CliResult>;
}

/** undefined: taken out of the environment. */
type Env = Readonly<Record<string, string | undefined>>;

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Of this process: they would name another system to the command, or change how it is run. */
const NOT_HANDED_ON =
  /^(DATABASE_URL|MONGODB_URL|KAFKA_BROKERS|CONNECT_URL|READSIDE_.*|ADMIN_DATABASE_URL|.*_PASSWORD|PORT|HOST|NODE_OPTIONS|NODE_ENV|JEST_.*|FORCE_COLOR|CI)$/;

export function withoutOurs(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_HANDED_ON.test(name)));
}

export function startCli(args: readonly string[], dataDir: string, env: Env = {}): CliRun {
  const started = performance.now();
  const child = spawn(process.execPath, [join(root, 'cli/readside.mjs'), '--data', dataDir, ...args], {
    cwd: tmpdir(), // it must not matter where it is run
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...withoutOurs(process.env), ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const done = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr, ms: performance.now() - started }));
  });
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    kill: (signal) => void child.kill(signal),
    hangUp: () => void child.stdout.destroy(),
    done,
  };
}

export function runCli(args: readonly string[], dataDir: string, env: Env = {}): Promise<CliResult> {
  return startCli(args, dataDir, env).done;
}

/** Its standard output as JSON: one line and nothing else. */
export function jsonOf({ stdout, stderr }: CliResult): unknown {
  if (stdout.trimEnd().includes('\n') || stdout === '') throw new Error(`not one line: ${stdout}${stderr}`);
  return JSON.parse(stdout);
}

/** The lines of what it said, of either output. */
export function linesOf({ stdout, stderr }: CliResult): readonly string[] {
  return `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
}

export interface Ground {
  readonly folder: string;
  /** A data folder in it that nothing has used. */
  readonly dataDir: string;
  /** To be handed to the command: in the environment of all that it starts, so that they can be found. */
  readonly env: Env;
  /** Pid and command line of what runs there. */
  processes(): readonly string[];
  remove(): void;
}

/** A place for a system of one's own. */
export function newGround(): Ground {
  const folder = mkdtempSync(join(tmpdir(), `readside-cli-${randomBytes(4).toString('hex')}-`));
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  return {
    folder,
    dataDir: join(folder, 'data'),
    env: { TMPDIR: temporary },
    processes: () => processesWith(folder),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** With this text in the command line or the environment. */
function processesWith(text: string): readonly string[] {
  if (!existsSync('/proc/self/environ')) {
    const lines = execFileSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n');
    return lines.filter((line) => line.includes(text) && !line.includes('ps axeww'));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => readProc(pid, 'cmdline').includes(text) || readProc(pid, 'environ').includes(text))
    .map((pid) => `${pid} ${readProc(pid, 'cmdline').replaceAll('\0', ' ').slice(0, 200)}`)
    .filter((line) => / \S/.test(line)); // a zombie has neither
}

/** Empty for a process that has ended, and for one of somebody else. */
function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** A PATH on which there is Node and nothing else. */
export function pathWithNodeOnly(folder: string): string {
  mkdirSync(folder, { recursive: true });
  symlinkSync(process.execPath, join(folder, 'node'));
  return folder;
}
