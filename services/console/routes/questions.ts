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
}

const of = ({ projection }: Asked): readonly string[] => [...option('projection', projection), '--json'];

const QUESTIONS: readonly Question[] = [
  {
    path: '/api/dead-letters/:projection',
    operationId: 'listDeadLetters',
    summary: 'What is in quarantine: readside dlq list',
    args: (asked) => ['dlq', 'list', ...of(asked)],
  },
  {
    path: '/api/dead-letters/:projection/:id',
    operationId: 'getDeadLetters',
    summary: 'The changes of one document, and why they fail: readside dlq show',
    args: (asked) => ['dlq', 'show', ...of(asked), '--', asked.id],
  },
  {
    path: '/api/dead-letters/:projection/:id/retry',
    operationId: 'tryDeadLetters',
    summary: 'What a retry would make of it: readside dlq retry --dry-run',
    args: (asked) => ['dlq', 'retry', ...option('user', asked.id), '--dry-run', ...of(asked)],
  },
  {
    path: '/api/audit/:projection',
    operationId: 'getAudit',
    summary: 'Who retried, discarded and repaired what: readside dlq audit',
    args: (asked) => ['dlq', 'audit', ...of(asked)],
  },
  {
    path: '/api/documents/:projection',
    operationId: 'findDocument',
    summary: 'A document by its id, or by what it is looked up by: readside find',
    args: (asked) => ['find', ...of(asked), '--', asked.q],
  },
  {
    path: '/api/documents/:projection/:id',
    operationId: 'explainDocument',
    summary: 'Where each value of a document came from, and whether it is right: readside explain',
    args: (asked) => ['explain', ...of(asked), '--', asked.id],
  },
  {
    path: '/api/documents/:projection/:id/history',
    operationId: 'getPast',
    summary: 'What a document was, and what changed it: readside history',
    args: (asked) => ['history', ...of(asked), '--', asked.id],
  },
];

export function addQuestionRoutes(app: HttpApp, ask: Ask): void {
  for (const { path, operationId, summary, args } of QUESTIONS) {
    app.get<{ Params: Partial<Asked>; Querystring: Partial<Asked> }>(
      path,
      {
        schema: {
          tags: ['questions'],
          operationId,
          summary,
          params: paramsOf(path),
          querystring: Type.Object(path.endsWith('/documents/:projection') ? { q: Id } : {}, STRICT),
          response: { 200: Type.Unknown({ description: 'what the command prints' }) },
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
