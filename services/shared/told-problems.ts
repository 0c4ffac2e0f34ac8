/**
 * The errors of each route in its OpenAPI. Whatever may refuse a request says so in the route's `config.problems`, each by an example that is
 * the error itself: here they become the route's responses, by status, with what a request may be refused with before it has come to the route.
 */
import type { RouteOptions } from 'fastify';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_MEDIA_TYPE, ProblemError } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** One of each kind that it may be refused with. */
    problems?: readonly ProblemError[];
  }
}

/** The id of a request, which is the instance of its problem. */
const REQUEST_ID = '5f0c6d1e-8a39-4c0e-9a54-2f6f5b1f4c7d';

const OF_ALL = [
  new ProblemError(400, 'invalid-request', 'The request does not fit its schema', {
    errors: [{ pointer: 'headers/name', detail: 'must be string' }],
  }),
  new ProblemError(400, 'malformed-http', 'The request is not HTTP'),
  new ProblemError(431, 'headers-too-large', 'The head of the request is too large'),
  new ProblemError(500, 'internal', 'Internal error'),
];
const OF_PATH_PARAMETERS = [
  new ProblemError(400, 'fst-err-bad-url', "'/things/%E0' is not a valid url component"),
  new ProblemError(414, 'fst-err-max-param-length', "'/things/…' is exceeding the max param length"),
];
/** Also of those that should have none, as of a DELETE: it is read all the same. */
const OF_BODIES = [
  new ProblemError(408, 'request-timeout', 'The request did not arrive in time'),
  new ProblemError(413, 'fst-err-ctp-body-too-large', 'Request body is too large'),
  new ProblemError(415, 'fst-err-ctp-invalid-media-type', 'Unsupported Media Type'),
];

/** For a hook that is added before this one's. */
export function withProblems(route: RouteOptions, problems: readonly ProblemError[]): void {
  route.config = { ...route.config, problems: [...(route.config?.problems ?? []), ...problems] };
}

/** After all that adds problems to routes, and before what reads their schemas. */
export function tellProblems(app: HttpApp): void {
  app.addHook('onRoute', (route) => {
    const { schema, url, method, config } = route;
    if (schema === undefined || schema.hide === true) return;
    const problems = [
      ...(config?.problems ?? []),
      ...(method === 'GET' || method === 'HEAD' ? [] : OF_BODIES),
      ...(url.includes(':') ? OF_PATH_PARAMETERS : []),
      ...OF_ALL,
    ];
    route.schema = {
      ...schema,
      response: { ...(schema.response as object | undefined), ...responses(problems) },
    };
  });
}

function responses(problems: readonly ProblemError[]): Readonly<Record<string, object>> {
  const byStatus = new Map<number, ProblemError[]>();
  for (const each of problems) byStatus.set(each.status, [...(byStatus.get(each.status) ?? []), each]);
  return Object.fromEntries([...byStatus].map(([status, kinds]) => [status, response(kinds)]));
}

function response(kinds: readonly ProblemError[]): object {
  const examples = kinds.map((kind) => [
    kind.slug,
    { summary: kind.title, value: kind.toProblem(REQUEST_ID) },
  ]);
  const headers = Object.assign({}, ...kinds.map((each) => each.headers)) as Record<string, string>;
  return {
    description: [...new Set(kinds.map(({ title }) => title))].join('; '),
    ...(Object.keys(headers).length > 0 && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, { type: 'string', examples: [value] }]),
      ),
    }),
    content: {
      [PROBLEM_MEDIA_TYPE]: { schema: { $ref: 'Problem#' }, examples: Object.fromEntries(examples) },
    },
  };
}
