/** From a validated request to its acknowledgement: one transaction, once for each Idempotency-Key. */
import { createHash } from 'node:crypto';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Principal } from '../../shared/auth/principal.ts';
import type { SqlClient } from '../database/sql-client.ts';
import type { Acknowledged } from '../commands/acknowledgement.ts';
import { CommandRefusal, refusal } from '../commands/command-refusal.ts';
import { once } from '../commands/once.ts';
import type { Origin, RunInTransaction } from '../database/transaction.ts';
import { encodeToken } from '../../shared/consistency-token.ts';
import { stringifyLossless } from '../../shared/lossless-json.ts';
import { traceparentOf } from '../../shared/tracing/trace-parent.ts';
import type { RequestTrace } from '../../shared/tracing/trace-requests.ts';
import type { ProblemOf } from './refusal-problem.ts';
import { findUnstorable } from './storable.ts';

/** The parts of Fastify's request and reply that this needs, whatever the route's types. */
interface CommandRequest {
  readonly method: string;
  readonly url: string;
  readonly principal: Principal | null;
  readonly trace: RequestTrace | null;
  readonly headers: { readonly 'idempotency-key'?: string | undefined };
  readonly body?: unknown;
}
interface CommandReply {
  code(status: number): unknown;
  headers(headers: Record<string, string>): unknown;
}
/** `More`: what is told beside the id and the version. */
export type Perform<A extends Acknowledged, More extends object> = (
  request: CommandRequest,
  reply: CommandReply,
  command: (client: SqlClient) => Promise<A>,
  status?: 200 | 201,
) => Promise<{ id: string; version: number } & More>;

export interface PerformOptions<A extends Acknowledged, More extends object> {
  readonly inTransaction: RunInTransaction;
  readonly problemOf: ProblemOf;
  /** of what the command has made */
  readonly locationOf: (acknowledged: A) => string;
  readonly moreOf: (acknowledged: A) => More;
}

/**
 * Sets the answer's status and headers and resolves to its body.
 * @throws ProblemError for every refusal.
 */
export function createPerform<A extends Acknowledged, More extends object>({
  inTransaction,
  problemOf,
  locationOf,
  moreOf,
}: PerformOptions<A, More>): Perform<A, More> {
  return async (request, reply, command, status = 200) => {
    try {
      const body = request.body ?? null;
      refuseUnstorable(body);
      const key = request.headers['idempotency-key'];
      const acknowledgement = await traced(request, (origin) =>
        inTransaction(origin, (client) => {
          if (key === undefined) return command(client);
          const keyed = {
            key: ownKey(request.principal, key),
            scope: `${request.method} ${request.url}`,
            body: stringifyLossless(body),
          };
          return once(client, keyed, status, () => command(client));
        }),
      );
      reply.code(status);
      reply.headers({
        ...headersOf(acknowledgement),
        ...(status === 201 ? { location: locationOf(acknowledgement) } : {}),
      });
      const { id, version } = acknowledgement;
      return { id, version, ...moreOf(acknowledgement) };
    } catch (error) {
      throw error instanceof CommandRefusal ? problemOf(error) : error;
    }
  };
}

/** The span that the rows name: what becomes of them is told as a part of it. */
async function traced<T>(
  { principal, trace }: CommandRequest,
  run: (origin: Origin) => Promise<T>,
): Promise<T> {
  const subject = principal?.subject ?? null;
  if (trace === null) return run({ subject, traceparent: null });
  const span = trace.begin('transaction', SpanKind.CLIENT);
  span.setAttribute('db.system.name', 'postgresql');
  try {
    return await run({ subject, traceparent: traceparentOf(span) });
  } catch (error) {
    if (!(error instanceof CommandRefusal)) span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

/** Two subjects may take the same key, and neither learns of the other: a subject holds no line break. */
function ownKey(principal: Principal | null, key: string): string {
  if (principal === null) return key;
  return createHash('sha256').update(`${principal.subject}\n${key}`).digest('hex');
}

function refuseUnstorable(body: unknown): void {
  const errors = findUnstorable(body);
  if (errors.length > 0) throw refusal('unstorable-value', 'Postgres cannot keep this', { errors });
}

function headersOf({ id, version, deleted }: Acknowledged): Record<string, string> {
  return {
    etag: `"${version}"`,
    'consistency-token': encodeToken({ id, revision: version, deleted }),
  };
}
