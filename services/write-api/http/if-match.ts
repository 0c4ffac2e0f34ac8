/**
 * If-Match (RFC 9110, 13.1.1) as versions. The write API's ETag is "<version>", the read API's "<version>-<hash>"; both name
 * the version that a command may start from, also as weak tags: proxies that compress weaken them.
 */
import { ProblemError } from '../../shared/problem.ts';

const TAG = String.raw`(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const LIST = new RegExp(`^(?:${TAG})(?:[ \\t]*,[ \\t]*(?:${TAG}))*$`);
const TAGGED_VERSION = /"(\d{1,10})(?:-[^"]*)?"/g;

/**
 * The versions that the header names; a tag of another form names none. undefined without a header and for `*`: any version.
 * @throws ProblemError 400 when it is no list of entity tags.
 */
export function parseIfMatch(header: string | undefined): readonly number[] | undefined {
  const text = header?.trim();
  if (text === undefined || text === '*') return undefined;
  if (!LIST.test(text)) {
    throw new ProblemError(400, 'malformed-if-match', 'If-Match is not a list of entity tags', {
      errors: [{ pointer: 'headers/if-match', detail: 'must be * or entity tags like "7"' }],
    });
  }
  return [...text.matchAll(TAGGED_VERSION)].map(([, version]) => Number(version));
}
