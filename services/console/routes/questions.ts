/** What a page asks about dead letters and documents: each answer is what a verb of the command prints with --json. */
import { Type } from 'typebox';
import type { TObject } from 'typebox';
import { ADMIN_ONLY } from '../../shared/auth/access.ts';
import type { HttpApp } from '../../shared/http-app.ts';
import { Id, Name, option } from '../commands/verbs.ts';
import { QUESTION_PROBLEMS } from '../commands/questions.ts';
import type { Ask } from '../commands/questions.ts';

interface Asked {
  readonly projection: string;
  readonly id: string;
  readonly q: string;
}

interface Question {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly args: (asked: Asked) => readonly string[];
  /** Of what the command prints; long ones shortened. */
  readonly example: unknown;
}

const of = ({ projection }: Asked): readonly string[] => [...option('projection', projection), '--json'];

const ID = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';
const MARK = {
  since: '2026-11-27T02:10:57.120Z',
  first: { partition: 2, offset: 10422 },
  changes: 1,
  error: 'users.version: expected an integer, got string',
};

const QUESTIONS: readonly Question[] = [
  {
    path: '/api/dead-letters/:projection',
    operationId: 'listDeadLetters',
    summary: 'What is in quarantine: readside dlq list',
    args: (asked) => ['dlq', 'list', ...of(asked)],
    example: { documents: [{ id: ID, ...MARK }], unkeyed: [] },
  },
  {
    path: '/api/dead-letters/:projection/:id',
    operationId: 'getDeadLetters',
    summary: 'The changes of one document, and why they fail: readside dlq show',
    args: (asked) => ['dlq', 'show', ...of(asked), '--', asked.id],
    example: { id: ID, ...MARK, letters: [{ partition: 2, offset: 10422, error: MARK.error }] },
  },
  {
    path: '/api/dead-letters/:projection/:id/retry',
    operationId: 'tryDeadLetters',
    summary: 'What a retry would make of it: readside dlq retry --dry-run',
    args: (asked) => ['dlq', 'retry', ...option('user', asked.id), '--dry-run', ...of(asked)],
    example: [
      {
        id: ID,
        state: 'healed',
        applied: 1,
        remaining: 0,
        error: null,
        differences: [{ path: 'displayName', before: 'null', after: '"Ada"' }],
      },
    ],
  },
  {
    path: '/api/audit/:projection',
    operationId: 'getAudit',
    summary: 'Who retried, discarded and repaired what: readside dlq audit',
    args: (asked) => ['dlq', 'audit', ...of(asked)],
    example: [
      {
        at: '2026-11-27T02:10:57.120Z',
        act: 'retry',
        of: [ID],
        by: 'developer',
        outcome: { healed: 1, failing: 0, applied: 1, discarded: 0 },
      },
    ],
  },
  {
    path: '/api/documents/:projection',
    operationId: 'findDocument',
    summary: 'A document by its id, or by what it is looked up by: readside find',
    args: (asked) => ['find', ...of(asked), '--', asked.q],
    example: { id: ID, by: 'email', phase: 'live' },
  },
  {
    path: '/api/documents/:projection/:id',
    operationId: 'explainDocument',
    summary: 'Where each value of a document came from, and whether it is right: readside explain',
    args: (asked) => ['explain', ...of(asked), '--', asked.id],
    example: { id: ID, source: { state: 'equal' } },
  },
  {
    path: '/api/documents/:projection/:id/history',
    operationId: 'getPast',
    summary: 'What a document was, and what changed it: readside history',
    args: (asked) => ['history', ...of(asked), '--', asked.id],
    example: { items: [], since: '2026-11-27T02:10:57.120000Z', fromCreation: true },
  },
];

export function addQuestionRoutes(app: HttpApp, ask: Ask): void {
  for (const { path, operationId, summary, args, example } of QUESTIONS) {
    app.get<{ Params: Partial<Asked>; Querystring: Partial<Asked> }>(
      path,
      {
        schema: {
          tags: ['questions'],
          operationId,
          summary,
          params: paramsOf(path),
          querystring: Type.Object(path.endsWith('/documents/:projection') ? { q: Id } : {}, STRICT),
          response: { 200: Type.Unknown({ description: 'what the command prints', examples: [example] }) },
        },
        config: { ...ADMIN_ONLY, problems: QUESTION_PROBLEMS },
      },
      async ({ params, query }, reply) => {
        const { projection = '', id = '', q = '' } = { ...params, ...query };
        const answer = await ask(args({ projection, id, q }));
        return reply.header('cache-control', 'no-store').type('application/json').send(answer);
      },
    );
  }
}

const STRICT = { additionalProperties: false } as const;

function paramsOf(path: string): TObject {
  return Type.Object({ projection: Name, ...(path.includes(':id') && { id: Id }) }, STRICT);
}
