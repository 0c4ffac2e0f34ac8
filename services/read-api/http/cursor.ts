/**
 * Where the next page starts: the last item's place, bound to the selection and order that it was a page of. Opaque to clients;
 * base64url of a small JSON array that starts with the format's number.
 */
import { createHash } from 'node:crypto';
import { ProblemError } from '../../shared/problem.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import type { PagePlace, PageQuery } from '../readers/reader.ts';

/** What a page is a page of. */
export type Listed = Pick<PageQuery, 'where' | 'terms' | 'order'>;

const FORMAT = 2;
const MAX_LENGTH = 4096;

export function encodeCursor({ id, value }: PagePlace, projection: Projection, listed: Listed): string {
  return Buffer.from(JSON.stringify([FORMAT, bindingOf(projection, listed), id, value])).toString(
    'base64url',
  );
}

/** Behind which the page starts. @throws ProblemError 400 when it is no cursor of this list. */
export function decodeCursor(text: string, projection: Projection, listed: Listed): PagePlace {
  const parts = text.length <= MAX_LENGTH && /^[\w-]+$/.test(text) ? parse(text) : null;
  if (!Array.isArray(parts) || parts.length !== 4) throw malformedCursor('is not a cursor');
  const [format, binding, id, value]: readonly unknown[] = parts;
  if (format !== FORMAT || typeof id !== 'string') throw malformedCursor('is not a cursor');
  if (binding !== bindingOf(projection, listed)) throw malformedCursor('is a cursor of another list');
  if (listed.order === null) return { id, value: null };
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return { id, value };
  throw malformedCursor('is not a cursor');
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
function bindingOf(projection: Projection, { where, terms, order }: Listed): string {
  const list = [
    projection.name,
    where.map(({ filter, value }) => [filter.parameter, value]),
    terms,
    order && [order.sort.name, order.direction],
  ];
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 11);
}

export function malformedCursor(detail: string): ProblemError {
  return new ProblemError(400, 'malformed-cursor', 'Not a cursor of this list', {
    errors: [{ pointer: 'querystring/cursor', detail }],
  });
}
