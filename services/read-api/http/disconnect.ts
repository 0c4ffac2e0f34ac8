/** Ends a read whose client has gone: nobody would get the answer. */
import type { ServerResponse } from 'node:http';
import { ProblemError } from '../../shared/problem.ts';

/** Aborts, with the ProblemError as its reason, when the connection closes before the answer is written. */
export function disconnectSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  // Not the request's 'close': that one comes when the request has been read.
  response.once('close', () => {
    if (!response.writableFinished)
      controller.abort(new ProblemError(499, 'client-gone', 'The client closed the connection'));
  });
  return controller.signal;
}
