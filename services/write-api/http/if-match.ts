/**
 * If-Match (RFC 9110, 13.1.1) as versions. The write API's ETag is "<version>", the read API's "<version>-<hash>"; both name
 * the version that a command may start from, also as weak tags: proxies that compress weaken them.
 */
const TAG = '(?:W/)?"[!#-~\u0080-\u00ff]*"';
/** `*`, or entity tags with commas between. */
export const IF_MATCH_PATTERN = `^(?:[*]|${TAG}(?: *, *${TAG})*)$`;
const TAGGED_VERSION = /"(\d{1,10})(?:-[^"]*)?"/g;

/** The versions that a header of that pattern names; a tag of another form names none. undefined without a header and for `*`: any version. */
export function parseIfMatch(header: string | undefined): readonly number[] | undefined {
  if (header === undefined || header === '*') return undefined;
  return [...header.matchAll(TAGGED_VERSION)].map(([, version]) => Number(version));
}
