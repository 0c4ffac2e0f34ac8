/**
 * The Fastify application both APIs start from: strict validation, problem+json for every error, OpenAPI 3.1 at
 * /openapi.json, /docs, /livez, /readyz and Prometheus /metrics. Owns no route of either API.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import Fastify, { LogController } from 'fastify';
import type {
  FastifyBaseLogger,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { TraceFlags } from '@opentelemetry/api';
import type { Tracer } from '@opentelemetry/api';
import { ANYBODY } from './auth/access.ts';
import { refuseForeignHosts } from './auth/local-host.ts';
import { protect } from './auth/protection.ts';
import type { Protection } from './auth/protection.ts';
import type { Logger } from './logger.ts';
import { createMethodsOfPaths } from './methods-of-path.ts';
import { documentOf } from './openapi.ts';
import type { Tag } from './openapi.ts';
import { PROBLEM_MEDIA_TYPE, ProblemError, ProblemSchema } from './problem.ts';
import { tellProblems } from './told-problems.ts';
import { traceRequests } from './tracing/trace-requests.ts';
import type { RequestTrace } from './tracing/trace-requests.ts';

export type HttpApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface HttpAppOptions {
  readonly logger: Logger;
  readonly title: string;
  readonly description: string;
  readonly version: string;
  /** of its routes */
  readonly tags?: readonly Tag[];
  readonly protection: Protection;
  /** It is made for a browser: on loopback no page of another site may ask it, by whatever name. */
  readonly isForBrowsers?: true;
  /** Absent: no traces are wanted. */
  readonly tracer?: Tracer | undefined;
  /** What must work for this service to serve; each returns null when fine, else why not. Asked by /readyz. */
  readonly readiness: Readonly<Record<string, () => Promise<string | null>>>;
  /** What only a part of the service needs: /readyz shows it, and is ready without it. */
  readonly optional?: HttpAppOptions['readiness'];
  /** What /readyz tells beside its checks, for machines. */
  readonly health?: () => object;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answer goes on until somebody ends it: how long it lasted says nothing of the service. */
    goesOn?: true;
  }
}

const BODY_LIMIT_BYTES = 1_048_576;
/** With a token in them, and a cookie of somebody else's. */
const HEADERS_LIMIT_BYTES = 16_384;
/** For a request to arrive whole; a reader who waits has sent it long before. */
const ARRIVAL_MS = 15_000;
const ARRIVAL_LOOK_MS = 2000;
const DOCS = '/docs';
/** Of the pages that show the OpenAPI document. */
const DOCS_POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'";

export async function createHttpApp(options: HttpAppOptions): Promise<HttpApp & { metrics: Registry }> {
  const loggerInstance: FastifyBaseLogger = options.logger;
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: ARRIVAL_MS,
    http: {
      maxHeaderSize: HEADERS_LIMIT_BYTES,
      headersTimeout: ARRIVAL_MS,
      connectionsCheckingInterval: ARRIVAL_LOOK_MS,
    },
    clientErrorHandler: refuseMalformed,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 512 },
    genReqId: () => crypto.randomUUID(),
    // Of all requests the few that fail are logged, with their id: a logger made for each would cost more than what it is for.
    childLoggerFactory: (logger) => logger,
    // what the router refuses before there is a route: a malformed URL, a parameter that is too long
    frameworkErrors: (error, request, reply) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its type is generic over routes; here is none
      answerAsProblem(error, request, reply as unknown as FastifyReply),
  }).withTypeProvider<TypeBoxTypeProvider>();

  closeConnectionsOnStop(app);
  if (options.isForBrowsers) refuseForeignHosts(app);
  validateStrictly(app);
  app.addSchema(ProblemSchema);
  answerErrorsAsProblems(app);
  const isOpen = options.protection.verify === null;
  traceRequests(app, options.tracer, ({ principal }) => isOpen || principal !== null);
  await protect(app, options.protection, DOCS);
  tellProblems(app);
  await app.register(fastifySwagger, {
    openapi: documentOf(options, options.protection.verify !== null),
    refResolver: {
      buildLocalReference: (json, _base, _fragment, i) =>
        typeof json['$id'] === 'string' ? json['$id'] : `def-${i}`,
    },
  });
  await app.register(fastifySwaggerUi, { routePrefix: DOCS, staticCSP: DOCS_POLICY });
  const metrics = measureRequests(app);
  addOperatorRoutes(app, metrics, options);
  return Object.assign(app, { metrics });
}

/** A connection whose request was open when the stop began would else stay, kept alive, and the stop would wait for it. */
function closeConnectionsOnStop(app: HttpApp): void {
  let stopping = false;
  app.addHook('preClose', (done) => {
    stopping = true;
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping) reply.header('connection', 'close');
    done();
  });
}

/** Bodies are taken as they are; only what is text by nature (query, path, headers) is read as the schema's type. */
function validateStrictly(app: HttpApp): void {
  const options = {
    removeAdditional: false,
    useDefaults: true,
    allErrors: true,
    strict: true,
    discriminator: true,
  } as const;
  const forBodies = new Ajv({ ...options, coerceTypes: false });
  const forText = new Ajv({ ...options, coerceTypes: 'array' });
  for (const ajv of [forBodies, forText]) addFormats.default(ajv);
  const first = new Ajv({ ...options, allErrors: false, coerceTypes: false });
  addFormats.default(first);
  app.setValidatorCompiler(({ schema, httpPart }) => {
    if (httpPart !== 'body') return forText.compile(schema as object);
    return boundedErrors(first.compile(schema as object), forBodies.compile(schema as object));
  });
}

/** Of a larger body only the first thing that is wrong is told: of 1 MiB a million may be. */
const ALL_ERRORS_CHARACTERS = 8192;

function boundedErrors(first: ValidateFunction, all: ValidateFunction): ValidateFunction {
  const validate = (body: unknown): boolean => {
    if (first(body)) return true;
    const isSmall = (JSON.stringify(body) ?? '').length <= ALL_ERRORS_CHARACTERS;
    validate.errors = isSmall && !all(body) ? all.errors : first.errors;
    return false;
  };
  validate.errors = null as ValidateFunction['errors'];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Fastify calls it, and reads its errors
  return validate as ValidateFunction;
}

function answerErrorsAsProblems(app: HttpApp): void {
  app.setErrorHandler<FastifyError>(answerAsProblem);
  const paths = createMethodsOfPaths();
  app.addHook('onRoute', ({ url, method }) => paths.add(url, method));
  const refusal = (url: string): ProblemError => {
    const [path = ''] = url.split('?');
    const allow = paths.of(path).join(', ');
    if (allow === '') return new ProblemError(404, 'no-such-route', 'No such route');
    return new ProblemError(405, 'method-not-allowed', 'The path does not have this method', {
      detail: `it has ${allow}`,
      headers: { allow },
    });
  };
  app.setNotFoundHandler(({ url }) => {
    throw refusal(url);
  });
  // Before anything is asked of its body.
  app.addHook('onRequest', ({ is404, url }, _reply, done) => (is404 ? done(refusal(url)) : done()));
}

function answerAsProblem(
  error: FastifyError,
  request: { readonly id: string; readonly log: FastifyBaseLogger; readonly trace: RequestTrace | null },
  reply: FastifyReply,
): void {
  const problem = asProblem(error);
  if (problem.status >= 500)
    request.log.error({ reqId: request.id, ...traceIdOf(request.trace), err: error }, 'request failed');
  void reply
    .code(problem.status)
    .headers(problem.headers)
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(problem.toProblem(request.id)));
}

/** Where it is recorded. `undefined`: before there is a route. */
function traceIdOf(trace: RequestTrace | null | undefined): { readonly traceId?: string } {
  const { traceId, traceFlags } = trace?.span().spanContext() ?? { traceId: '', traceFlags: TraceFlags.NONE };
  return (traceFlags & TraceFlags.SAMPLED) === 0 ? {} : { traceId };
}

/** In one answer. */
const MOST_ERRORS = 100;

function asProblem(error: FastifyError | ProblemError): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error.validation) {
    const where = error.validationContext ?? 'body';
    return new ProblemError(400, 'invalid-request', 'The request does not fit its schema', {
      errors: error.validation.slice(0, MOST_ERRORS).map((each) => ({
        pointer: pointerTo(where, each.instancePath, each.params),
        detail: each.message ?? 'is invalid',
      })),
    });
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) return new ProblemError(500, 'internal', 'Internal error');
  return new ProblemError(
    status,
    error.code?.toLowerCase().replaceAll('_', '-') ?? 'bad-request',
    error.message,
  );
}

/** A JSON pointer into the body; for a parameter or header, its name behind the place it stands in. */
function pointerTo(where: string, path: string, params: Record<string, unknown>): string {
  const name = params['missingProperty'] ?? params['additionalProperty'] ?? params['unevaluatedProperty'];
  const pointer =
    typeof name === 'string' ? `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` : path;
  return where === 'body' ? pointer : `${where}${pointer}`;
}

function measureRequests(app: HttpApp): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const seconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request’s arrival to the end of its answer, in seconds',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  app.addHook('onResponse', (request, reply, done) => {
    if (request.routeOptions.config.goesOn === true && reply.statusCode === 200) return done();
    const labels = {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
    };
    seconds.observe(labels, reply.elapsedTime / 1000);
    done();
  });
  return registry;
}

/** Nobody needs a token for them: they hold no personal data (docs/security.md). */
const OPERATORS = { schema: { hide: true }, config: ANYBODY };

function addOperatorRoutes(
  app: HttpApp,
  metrics: Registry,
  { readiness, optional = {}, health }: HttpAppOptions,
): void {
  app.get('/openapi.json', OPERATORS, () => app.swagger());
  app.get('/livez', OPERATORS, () => ({ status: 'ok' }));
  // Whoever asks meanwhile gets the same answer: many who ask take no more of the servers than one.
  const look = shared(() =>
    Promise.all(
      Object.entries({ ...optional, ...readiness }).map(
        async ([name, check]) => [name, await check()] as const,
      ),
    ),
  );
  app.get('/readyz', OPERATORS, async (_request, reply) => {
    const checks = await look();
    const failed = checks.filter(([name, why]) => why !== null && name in readiness);
    return reply.code(failed.length === 0 ? 200 : 503).send({
      status: failed.length === 0 ? 'ready' : 'unready',
      checks: Object.fromEntries(checks.map(([name, why]) => [name, why ?? 'ok'])),
      ...(health ? { health: health() } : {}),
    });
  });
  app.get('/metrics', OPERATORS, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );
}

function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | null = null;
  return () => {
    underWay ??= work().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}

const MALFORMED: Readonly<Record<string, readonly [status: number, slug: string, title: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'headers-too-large', 'The head of the request is too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request-timeout', 'The request did not arrive in time'],
};

/** What Node's parser refuses, before there is a request. */
function refuseMalformed(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, slug, title] = MALFORMED[error.code ?? ''] ?? [
    400,
    'malformed-http',
    'The request is not HTTP',
  ];
  const body = JSON.stringify(new ProblemError(status, slug, title).toProblem(crypto.randomUUID()));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${PROBLEM_MEDIA_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
