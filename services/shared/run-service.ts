/**
 * The life of a service process: start, run, release in reverse order, end by exit code.
 * 0 after an asked-for stop, 1 after a failure (a supervisor starts it again), 78 (EX_CONFIG) after bad configuration.
 */
import closeWithGrace from 'close-with-grace';
import { ConfigError } from './config.ts';
import type { Logger } from './logger.ts';
import { withRemedy } from './refused-access.ts';

type Release = () => Promise<void> | void;

/** What a running service has taken and must give back: last taken, first released. */
export interface Scope {
  /** Registers a release for the end of the service. */
  defer(release: Release): void;
  /** Releases everything and ends the process with exit 1: for what the service cannot repair by itself. */
  fail(error: Error): void;
}

export const EXIT_CONFIG = 78;
const STOP_DEADLINE_MS = 20_000;

/**
 * Reads the configuration, runs `start`, and keeps the process alive until a signal or `scope.fail`.
 * Never rejects: whatever goes wrong ends the process with a code, and the last line of its log says why.
 */
export async function runService<C>(
  readConfig: () => C,
  makeLogger: (config: C) => Logger,
  start: (config: C, scope: Scope, logger: Logger) => Promise<void>,
): Promise<void> {
  const config = readOrExit(readConfig);
  const logger = makeLogger(config);
  const releases: Release[] = [];
  let failure: Error | undefined;
  let closing = false;

  // Behind whatever clients and releases have to say on the way, also when the deadline or a second signal ends them.
  process.once('exit', () => {
    if (!failure) return;
    const { err, words } = saidOf(failure);
    logger.fatal({ err }, words);
  });
  const grace = closeWithGrace({ delay: STOP_DEADLINE_MS, logger: false }, async ({ signal, err }) => {
    closing = true;
    if (err) note(err);
    logger.info({ signal, err: failure && saidOf(failure).err }, 'stopping');
    for (const release of releases.toReversed()) {
      try {
        await release();
      } catch (error) {
        logger.error({ err: error }, 'a resource was not released cleanly');
      }
    }
    if (failure instanceof ConfigError) process.exit(EXIT_CONFIG); // found only while starting: a missing module
    if (failure) throw failure; // close-with-grace turns a rejection into exit 1
  });
  const note = (error: Error): void => {
    if (failure) logger.error({ err: error }, 'something else failed while stopping');
    failure ??= error;
  };
  const fail = (error: Error): void => {
    note(error);
    if (!closing) grace.close();
    closing = true;
  };

  try {
    await start(config, { defer: (release) => void releases.push(release), fail }, logger);
  } catch (error) {
    fail(error instanceof Error ? error : new Error(String(error)));
  }
}

/** What somebody must change is said in words alone; the stack is for a defect of ours. */
function saidOf(failure: Error): { readonly err?: Error; readonly words: string } {
  const { syscall, code, address, port } = failure as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (syscall !== 'listen') return { err: failure, words: withRemedy('the service cannot go on', failure) };
  const why =
    code === 'EADDRINUSE' ? 'is taken by another process' : `cannot be listened on (${String(code)})`;
  return {
    words: `${String(address)}:${String(port)} ${why}: set HOST and PORT to an address that is free`,
  };
}

function readOrExit<C>(readConfig: () => C): C {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}
