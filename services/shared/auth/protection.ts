/** What stands between the network and the routes: tokens, rates, overload, and headers that browsers keep to. */
import fastifyRateLimit from '@fastify/rate-limit';
import fastifyUnderPressure from '@fastify/under-pressure';
import type { FastifyRequest } from 'fastify';
import type { HttpApp } from '../http-app.ts';
import { ProblemError } from '../problem.ts';
import { withProblems } from '../told-problems.ts';
import { controlAccess } from './access.ts';
import type { AccessControl } from './access.ts';
import { authSettings } from './auth-config.ts';
import type { AuthVariables } from './auth-config.ts';
import { pageHeaders } from './page-headers.ts';
import { createVerifyToken } from './verify-token.ts';
import type { VerifyToken } from './verify-token.ts';

export interface Protection {
  /** null: everybody is let in. */
  readonly verify: VerifyToken | null;
  /** of each subject; 0: no limit */
  readonly requestsPerMinute: number;
  /** of the event loop, on average; 0: no limit */
  readonly maxDelayMs: number;
}

/** Of a service on loopback, for its tests. */
export const UNPROTECTED: Protection = { verify: null, requestsPerMinute: 0, maxDelayMs: 0 };

export function protectionOf(
  config: AuthVariables & { readonly RATE_LIMIT_PER_MINUTE: number; readonly OVERLOAD_DELAY_MS: number },
): Protection {
  const settings = authSettings(config);
  return {
    verify: settings && createVerifyToken(settings),
    requestsPerMinute: config.RATE_LIMIT_PER_MINUTE,
    maxDelayMs: config.OVERLOAD_DELAY_MS,
  };
}

/** Before the first route. `pages`: prefix of the routes of a plugin that shows pages, and knows nothing of this; anybody may use them. */
export async function protect(app: HttpApp, protection: Protection, pages: string): Promise<void> {
  sendSecurityHeaders(app, pages);
  if (protection.maxDelayMs > 0) await shedLoad(app, protection.maxDelayMs);
  controlAccess(app, await accessControl(app, protection), pages);
}

async function accessControl(
  app: HttpApp,
  { verify, requestsPerMinute }: Protection,
): Promise<AccessControl | null> {
  if (!verify) return null;
  if (requestsPerMinute === 0) return { verify, count: () => Promise.resolve(null) };
  await app.register(fastifyRateLimit, { global: false });
  const options = {
    max: requestsPerMinute,
    timeWindow: MINUTE_MS,
    keyGenerator: ({ principal }: FastifyRequest) => principal?.subject ?? '',
    // Not among its types; without it the limiter remembers 5,000.
    cache: MOST_SUBJECTS,
  };
  const limit = app.createRateLimit(options);
  return {
    verify,
    async count(request) {
      const counted = await limit(request);
      return !counted.isAllowed && counted.isExceeded ? counted.ttlInSeconds : null;
    },
  };
}

const MINUTE_MS = 60_000;
/** Whose requests are counted at once; of more, those who asked longest ago begin anew. */
const MOST_SUBJECTS = 50_000;

/** Operators look at a service that is overloaded all the more. */
async function shedLoad(app: HttpApp, maxDelayMs: number): Promise<void> {
  app.addHook('onRoute', (route) => withProblems(route, [overloaded()]));
  await app.register(fastifyUnderPressure, {
    maxEventLoopDelay: maxDelayMs,
    // Not thrown at once: it is called where nobody would catch it.
    async pressureHandler(request) {
      if (request.routeOptions.config.access === 'anybody') return;
      throw overloaded();
    },
  });
}

function overloaded(): ProblemError {
  return new ProblemError(503, 'overloaded', 'The service has more to do than it can', {
    headers: { 'retry-after': OVERLOAD_RETRY_SECONDS, 'cache-control': 'no-store' },
  });
}

const OVERLOAD_RETRY_SECONDS = '2';

/** Pages are to be neither framed nor loaded by others; of JSON, browsers are only not to make something else. */
function sendSecurityHeaders(app: HttpApp, pages: string): void {
  const ofPages = pageHeaders();
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (request.url.startsWith(pages)) reply.headers(ofPages);
    else if (reply.statusCode !== 304) reply.header('x-content-type-options', 'nosniff');
    done();
  });
}
