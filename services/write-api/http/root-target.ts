/** What a request on one document says of it: its id, and at which versions. */
import type { RootTarget } from '../commands/root-row.ts';
import { parseIfMatch } from './if-match.ts';

/** uuids are compared and answered in lower case, as Postgres prints them. */
export function targetOf(request: {
  readonly params: { readonly id: string };
  readonly headers: { readonly 'if-match'?: string | undefined };
}): RootTarget {
  return {
    id: request.params.id.toLowerCase(),
    expectedVersions: parseIfMatch(request.headers['if-match']),
  };
}
