/** Acts: begun, listed, interrupted. */
import { Type } from 'typebox';
import type { FastifyRequest } from 'fastify';
import type { Act } from '../../shared/acts.ts';
import { ADMIN_ONLY } from '../../shared/auth/access.ts';
import type { HttpApp } from '../../shared/http-app.ts';
import { ProblemError } from '../../shared/problem.ts';
import type { Jobs } from '../commands/jobs.ts';
import { ActSchema, ShownActSchema } from '../commands/verbs.ts';

const NO_STORE = { 'cache-control': 'no-store' } as const;
const JobId = Type.String({
  description: 'of an act that was begun',
  format: 'uuid',
  examples: ['01a20a35-5802-4576-abb1-60199cda4cbd'],
});
const Begun = Type.Object(
  { id: JobId },
  {
    description: 'it runs, and /api/events tells of it',
    examples: [{ id: '01a20a35-5802-4576-abb1-60199cda4cbd' }],
  },
);
/** As the page has it: services/shared/job.ts. */
const AnyJob = Type.Object({ id: JobId }, { additionalProperties: true });
const JOBS = [
  {
    id: '01a20a35-5802-4576-abb1-60199cda4cbd',
    act: 'verify',
    params: { projection: 'profile' },
    by: 'developer',
    state: 'running',
    begun: '2026-11-27T02:10:57.120Z',
    ended: null,
    exitCode: null,
    progress: { stage: 'comparing profile with SQL', done: 1000, total: 48210, unit: 'documents' },
    figures: null,
    message: null,
  },
];

/** `nobody`: who acts where everybody is let in. */
export function addActRoutes(app: HttpApp, jobs: Jobs, nobody: string): void {
  const byOf = ({ principal }: Pick<FastifyRequest, 'principal'>): string => principal?.subject ?? nobody;

  app.get<{ Reply: unknown }>(
    '/api/acts',
    {
      schema: {
        tags: ['acts'],
        operationId: 'listActs',
        summary: 'The latest acts, newest first',
        response: { 200: Type.Array(AnyJob, { examples: [JOBS] }) },
      },
      config: ADMIN_ONLY,
    },
    (_request, reply) => reply.headers(NO_STORE).send(jobs.list()),
  );
  app.post<{ Body: Act }>(
    '/api/acts',
    {
      schema: {
        tags: ['acts'],
        operationId: 'beginAct',
        summary: 'Begin an act: one run of the readside command',
        body: ActSchema,
        response: { 202: Begun },
      },
      config: {
        ...ADMIN_ONLY,
        problems: [...NOT_JSON, busy(), tooMany()],
        swaggerTransform: ({ schema, url }) => ({ schema: { ...schema, body: ShownActSchema }, url }),
      },
    },
    (request, reply) => {
      const begun = jobs.begin(request.body, byOf(request));
      if (begun === 'busy') throw busy();
      if (begun === 'too-many') throw tooMany();
      return reply.code(202).headers(NO_STORE).send({ id: begun.id });
    },
  );
  app.delete<{ Params: { readonly id: string } }>(
    '/api/acts/:id',
    {
      schema: {
        tags: ['acts'],
        operationId: 'interruptAct',
        summary: 'Interrupt an act that runs, as Ctrl-C does',
        params: Type.Object({ id: JobId }),
        response: { 202: Begun },
      },
      config: { ...ADMIN_ONLY, problems: [noSuchAct(), over()] },
    },
    (request, reply) => {
      const { id } = request.params;
      const interrupted = jobs.interrupt(id, byOf(request));
      if (interrupted === null) throw noSuchAct();
      if (!interrupted) throw over();
      return reply.code(202).headers(NO_STORE).send({ id });
    },
  );
}

/** As Fastify refuses a body before it is looked at; one that would change a prototype among them. */
const NOT_JSON = [
  new ProblemError(
    400,
    'fst-err-ctp-invalid-json-body',
    "Body is not valid JSON but content-type is set to 'application/json'",
  ),
  new ProblemError(
    400,
    'fst-err-ctp-empty-json-body',
    "Body cannot be empty when content-type is set to 'application/json'",
  ),
];

function busy(): ProblemError {
  return new ProblemError(409, 'act-under-way', 'An act on the same is under way', { headers: NO_STORE });
}

function tooMany(): ProblemError {
  return new ProblemError(503, 'too-many-acts', 'As many acts run as may', {
    headers: { ...NO_STORE, 'retry-after': '5' },
  });
}

function noSuchAct(): ProblemError {
  return new ProblemError(404, 'no-such-act', 'No such act', { headers: NO_STORE });
}

function over(): ProblemError {
  return new ProblemError(409, 'act-over', 'The act is over', { headers: NO_STORE });
}
