/** /write/… and /read/… go to the two APIs as they are, with the user's token; answers, and streams of events, come back as they are. */
import httpProxy from '@fastify/http-proxy';
import type { FastifyRequest } from 'fastify';
import type { HttpApp } from '../../../services/shared/http-app.ts';
import type { Headers } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of what is passed on. */
    userHeaders: Headers;
  }
}

/** Longer than the pause between two signs of life of a stream. */
const SILENCE_MS = 60_000;
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie']);

export async function proxyApis(
  app: HttpApp,
  { writeApiUrl, readApiUrl }: { readonly writeApiUrl: string; readonly readApiUrl: string },
  userHeaders: () => Promise<Headers>,
): Promise<void> {
  app.decorateRequest('userHeaders');
  for (const [prefix, upstream] of [
    ['/write', writeApiUrl],
    ['/read', readApiUrl],
  ] as const)
    await app.register(httpProxy, {
      upstream,
      prefix,
      rewritePrefix: '',
      undici: { bodyTimeout: SILENCE_MS },
      async preHandler(request: FastifyRequest) {
        request.userHeaders = await userHeaders();
      },
      replyOptions: {
        // Of the browser's own no credentials are passed on.
        rewriteRequestHeaders: ({ userHeaders: added }, headers) => ({
          ...Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.has(name))),
          ...added,
        }),
      },
    });
}
