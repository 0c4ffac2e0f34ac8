/**
 * Where the next page starts: the id of the last item, bound to the filters that it was a page of. Opaque to clients;
 * base64url of a small JSON array that starts with the format's number.
 */
import { createHash } from 'node:crypto';
import { ProblemError } from '../../shared/problem.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import type { PageQuery } from '../readers/reader.ts';

const FORMAT = 1;
const MAX_LENGTH = 1024;

export function encodeCursor(id: string, projection: Projection, where: PageQuery['where']): string {
  return Buffer.from(JSON.stringify([FORMAT, bindingOf(projection, where), id])).toString('base64url');
}

/** The id behind which the page starts. @throws ProblemError 400 when it is no cursor of this list. */
export function decodeCursor(text: string, projection: Projection, where: PageQuery['where']): string {
  const parts = text.length <= MAX_LENGTH && /^[\w-]+$/.test(text) ? parse(text) : null;
  if (!Array.isArray(parts) || parts.length !== 3) throw malformed('is not a cursor');
  const [format, binding, id]: readonly unknown[] = parts;
  if (format !== FORMAT || typeof id !== 'string') throw malformed('is not a cursor');
  if (binding !== bindingOf(projection, where)) throw malformed('is a cursor of another list');
  return id;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** `where` is in the order of the definition, whatever the order in the URL. */
function bindingOf(projection: Projection, where: PageQuery['where']): string {
  const list = [projection.name, where.map(({ filter, value }) => [filter.parameter, value])];
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 11);
}

function malformed(detail: string): ProblemError {
  return new ProblemError(400, 'malformed-cursor', 'Not a cursor of this list', {
    errors: [{ pointer: 'querystring/cursor', detail }],
  });
}
