/** Errors of the stack, classed by what whoever catches them does next. Each message is one line for a person (PrerequisiteError: one a problem). */
import { inspect } from 'node:util';

/** Something must be installed or changed on this machine first. Nothing has been started. */
export class PrerequisiteError extends Error {
  override readonly name = 'PrerequisiteError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Another live process uses this data folder: stop that one, or use another folder. */
export class DataDirBusyError extends Error {
  override readonly name = 'DataDirBusyError';
  readonly pid: number;
  constructor(dataDir: string, pid: number) {
    super(
      `${dataDir} is in use by process ${pid}: stop that one first (readside down), or use another data folder`,
    );
    this.pid = pid;
  }
}

/** A server could not be started; all that had been started has been stopped. The log says why. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
  readonly server: string;
  constructor(server: string, message: string, options?: ErrorOptions) {
    super(`${server}: ${message}`, options);
    this.server = server;
  }
}

/** The data folder is not one that can be started: use `fresh`, or put the missing part back. */
export class DataDirError extends Error {
  override readonly name = 'DataDirError';
}

/** A download or an unpacking failed. Trying again is safe: nothing half-finished is kept. */
export class InstallError extends Error {
  override readonly name = 'InstallError';
}

/** A condition did not come true in time. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/*
 * Both look at the shape and not at `instanceof Error`: under jest, errors of Node's own modules are of another realm's class.
 */

export function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  // Node's connection errors to several addresses have their messages one level down.
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0)
    return error.errors.map(messageOf).join('; ');
  return 'message' in error && typeof error.message === 'string' ? error.message : inspect(error);
}

/** The `code` of a Node or driver error, e.g. ENOENT. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
