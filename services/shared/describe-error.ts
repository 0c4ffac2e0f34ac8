/** What of an error may stand in a log: of a database's and a parser's only what they call it, for their words quote values. */

export interface DescribedError {
  readonly type: string;
  readonly message?: string;
  readonly code?: string | number;
  /** Where, without the message that V8 puts before it. */
  readonly stack?: string;
  readonly cause?: DescribedError;
}

/** Names of classes whose messages may quote what was given to them. */
const QUOTING =
  /^(?:DatabaseError|error|MongoServerError|MongoBulkWriteError|BSON.*|SyntaxError|RangeError|TypeError|URIError)$/;
const DEPTH = 4;

/** Something else that was thrown is told by its type alone. */
export function describeError(error: unknown, depth = DEPTH): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  const isTold = !QUOTING.test(error.name) && !QUOTING.test(error.constructor.name);
  // Behind the message, which may have lines that look like it.
  const behind = error.stack?.slice(error.stack.indexOf(error.message) + error.message.length) ?? '';
  const at = behind.indexOf('\n    at ');
  return {
    type: error.name === 'Error' ? error.constructor.name : error.name,
    ...(isTold && { message: error.message }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(at >= 0 && { stack: behind.slice(at + 1) }),
    ...(cause instanceof Error && depth > 0 && { cause: describeError(cause, depth - 1) }),
  };
}
