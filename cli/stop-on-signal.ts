/** For verbs that take long: Ctrl-C ends them in order, with the exit code for it. */
import { CliError, EXIT } from './exit.ts';

/** `message`: what is told, and how things stand then. */
export function stopOnSignal(message: string): AbortSignal {
  const stopped = new AbortController();
  const stop = (): void => stopped.abort(new CliError(EXIT.interrupted, message));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  return stopped.signal;
}
