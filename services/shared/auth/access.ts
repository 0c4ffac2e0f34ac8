/** Who may use a route. Each route says so; one that does not is not added, so that none is open by being forgotten. */
import type { FastifyRequest, RouteOptions } from 'fastify';
import { canonicalId } from '../canonical-id.ts';
import type { HttpApp } from '../http-app.ts';
import { ProblemError } from '../problem.ts';
import { withProblems } from '../told-problems.ts';
import { SCOPES } from './principal.ts';
import type { Principal, Scope } from './principal.ts';
import { invalidToken, keysUnavailable } from './verify-token.ts';
import type { VerifyToken } from './verify-token.ts';

/** `own`: the parameter of the path that names whose documents it touches. Without it only `admin` may use the route. */
export type Access = 'anybody' | { readonly scope: Scope; readonly own?: string };

/** What a route's `config` says. */
interface Declared {
  readonly access: Access;
}

/** An operator's route, or one that touches the documents of many. */
export const ADMIN_ONLY: Declared = { access: { scope: SCOPES.admin } };
export const ANYBODY: Declared = { access: 'anybody' };

/** Of one document: whose id it has may use it. */
export function ownOnly(scope: Scope): Declared {
  return { access: { scope, own: 'id' } };
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** null: the service lets everybody in. */
    principal: Principal | null;
  }
}

/** Counts one request of a subject. Resolves to the seconds after which it may ask again; null: it may now. */
export type CountRequest = (request: FastifyRequest) => Promise<number | null>;

export interface AccessControl {
  readonly verify: VerifyToken;
  readonly count: CountRequest;
}

/**
 * Before the first route. `control`: null lets everybody in. `ungoverned`: prefix of the routes of a plugin that knows nothing of this, which
 * anybody may use.
 */
export function controlAccess(app: HttpApp, control: AccessControl | null, ungoverned: string): void {
  app.decorateRequest('principal', null);
  app.addHook('onRoute', (route) => {
    const access = route.config?.access ?? (route.url.startsWith(ungoverned) ? 'anybody' : undefined);
    if (access === undefined) throw new TypeError(`${route.url} does not say who may use it`);
    route.config = { ...route.config, access };
    if (control && access !== 'anybody') tellRefusals(route, access);
  });
  if (!control) return;
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    // A path that is no route of ours is answered with 404 whoever asks.
    if (!request.is404 && access !== 'anybody') await admit(control, request, access);
  });
}

/** @throws ProblemError */
async function admit(
  { verify, count }: AccessControl,
  request: FastifyRequest,
  access: Exclude<Access, 'anybody'> | undefined,
): Promise<void> {
  const principal = await verify(tokenOf(request.headers.authorization));
  request.principal = principal;
  // Whoever may everything is a program of the operator’s, with the requests of many.
  const again = principal.scopes.has(SCOPES.admin) ? null : await count(request);
  if (again !== null) throw tooMany(again);
  const refusal = refusalOf(access, principal, request.params as Readonly<Record<string, string>>);
  if (refusal) throw refusal;
}

const NO_STORE = { 'cache-control': 'no-store' } as const;

/** null: granted. Without an `access` nobody but an administrator is. */
export function refusalOf(
  access: Exclude<Access, 'anybody'> | undefined,
  { subject, scopes }: Principal,
  params: Readonly<Record<string, string>>,
): ProblemError | null {
  if (scopes.has(SCOPES.admin)) return null;
  const { scope = SCOPES.admin, own } = access ?? {};
  const needed = own === undefined ? SCOPES.admin : scope;
  if (!scopes.has(needed)) return insufficientScope(needed);
  if (own !== undefined && canonicalId(params[own] ?? '') === canonicalId(subject)) return null;
  return othersDocument();
}

/** RFC 6750, 2.1; what is in it is for the verifier to say. */
const BEARER = /^Bearer +(\S+)$/i;

/** @throws ProblemError 401 */
function tokenOf(authorization: string | undefined): string {
  const [, token] = BEARER.exec(authorization ?? '') ?? [];
  if (token !== undefined) return token;
  throw unauthenticated();
}

function unauthenticated(): ProblemError {
  return new ProblemError(401, 'unauthenticated', 'A token is needed', {
    detail: 'send Authorization: Bearer <token>',
    headers: { 'www-authenticate': 'Bearer realm="readside"', ...NO_STORE },
  });
}

function insufficientScope(needed: Scope): ProblemError {
  return new ProblemError(403, 'insufficient-scope', 'The token does not allow this', {
    detail: `it must have the scope ${needed}`,
    headers: {
      'www-authenticate': `Bearer realm="readside", error="insufficient_scope", scope="${needed}"`,
      ...NO_STORE,
    },
  });
}

/** As if there were none: what is there of others is not theirs to know. */
function othersDocument(): ProblemError {
  return new ProblemError(404, 'not-found', 'Not found', { headers: NO_STORE });
}

function tooMany(secondsUntilNext: number): ProblemError {
  return new ProblemError(429, 'too-many-requests', 'More requests than this subject may make', {
    headers: { 'retry-after': String(secondsUntilNext), ...NO_STORE },
  });
}

/** In OpenAPI. */
function tellRefusals(route: RouteOptions, { scope, own }: Exclude<Access, 'anybody'>): void {
  const needed = own === undefined ? SCOPES.admin : scope;
  route.schema = { ...route.schema, security: [{ bearer: [needed] }] };
  withProblems(route, [
    unauthenticated(),
    invalidToken('it has expired'),
    insufficientScope(needed),
    ...(own === undefined ? [] : [othersDocument()]),
    tooMany(12),
    keysUnavailable(),
  ]);
}
