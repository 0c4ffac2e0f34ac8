import { ProblemError } from '../../shared/problem.ts';

/** What Fastify answers for a schema that was not kept, of what no schema says. */
export function invalidParameter(name: string, detail: string): ProblemError {
  return invalidParameters([[name, detail]]);
}

export function invalidParameters(
  found: ReadonlyArray<readonly [name: string, detail: string]>,
): ProblemError {
  return new ProblemError(400, 'invalid-request', 'The request does not fit its schema', {
    errors: found.map(([name, detail]) => ({ pointer: `querystring/${name}`, detail })),
  });
}
