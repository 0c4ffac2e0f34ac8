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
  const frames = error.stack?.slice(error.stack.indexOf('\n    at ') + 1);
  return {
    type: error.name === 'Error' ? error.constructor.name : error.name,
    ...(isTold && { message: error.message }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(error.stack?.includes('\n    at ') && frames !== undefined && { stack: frames }),
    ...(cause instanceof Error && depth > 0 && { cause: describeError(cause, depth - 1) }),
  };
}
