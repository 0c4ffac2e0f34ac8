/** Request bodies: JSON in well-formed UTF-8, numbers kept as they are written; and nothing else. */
import { parseJson } from '../json.ts';
import type { HttpApp } from '../../shared/http-app.ts';
import { ProblemError } from '../../shared/problem.ts';

const MEDIA_TYPES = ['application/json', 'application/merge-patch+json'];

export function malformedJson(detail: string): ProblemError {
  return new ProblemError(400, 'malformed-json', 'The body is not JSON', { detail });
}

export function readJsonBodies(app: HttpApp): void {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(MEDIA_TYPES, { parseAs: 'buffer' }, (_request, body, done) => {
    if (body.length === 0) {
      done(null, undefined); // a DELETE by a client that always sends a content type
      return;
    }
    try {
      done(null, parseJson(typeof body === 'string' ? body : utf8.decode(body)));
    } catch (error) {
      const detail = error instanceof SyntaxError ? error.message : 'the body is not UTF-8';
      done(malformedJson(detail));
    }
  });
}
