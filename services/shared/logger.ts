/**
 * One JSON line an event, on standard output; `name` tells the services apart. What may stand in a line is listed here: a field that is not,
 * and a message of a database or a parser, can hold what belongs to a person, and is left out.
 */
import { pino } from 'pino';
import type { Logger } from 'pino';
import { describeError } from './describe-error.ts';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Names and numbers of ours, and of the servers; none is of a row or a request's content. */
const LOGGED: ReadonlySet<string> = new Set([
  'act',
  'address',
  'broker',
  'by',
  'causes',
  'clientId',
  'collection',
  'connector',
  'correlationId',
  'count',
  'err',
  'exitCode',
  'findings',
  'from',
  'group',
  'groupId',
  'inMs',
  'job',
  'kafkaError',
  'kafkajs',
  'kind',
  'memberId',
  'newer',
  'partition',
  'partitions',
  'paths',
  'projection',
  'projections',
  'reqId',
  'retryCount',
  'retryTime',
  'signal',
  'state',
  'stream',
  'topic',
  'traceId',
  'tries',
  'until',
  'version',
]);

export function createLogger(name: string, level: LogLevel): Logger {
  return pino(
    {
      name,
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      base: { name, pid: process.pid },
      serializers: { err: describeError },
      formatters: { log: onlyListed },
      // An error without words of ours would be told in its own.
      hooks: {
        logMethod([first, ...rest], method) {
          if (rest.length > 0 || typeof first === 'string') return method.apply(this, [first, ...rest]);
          return method.apply(this, [first instanceof Error ? { err: first } : first, NO_WORDS]);
        },
      },
    },
    // Each line is written before the next statement. Pino's own way hands one line to the thread pool and keeps those after it, which at the
    // end of the process come before that one, or in its place.
    pino.destination({ dest: STDOUT, sync: true }),
  );
}

const STDOUT = 1;
const NO_WORDS = 'without words';

function onlyListed(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => LOGGED.has(name)));
}
