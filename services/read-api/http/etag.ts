/** Strong validators (RFC 9110, 8.8) and what If-None-Match says about them. */
import { createHash } from 'node:crypto';

/** `"<revision>-<hash>"`: the revision is for the write API's If-Match, the hash tells every two bodies apart, and a degraded answer from a good one. */
export function etagOf(body: string, revision: number | null, degraded = false): string {
  const hash = createHash('sha256')
    .update(degraded ? `degraded ${body}` : body)
    .digest('hex')
    .slice(0, 16);
  // Joined, so that what is kept is not a slice of the whole hash.
  return (revision === null ? ['"', hash, '"'] : ['"', String(revision), '-', hash, '"']).join('');
}

const TAG = /(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;

/** True when the client has this body already. Weak comparison, as If-None-Match asks for; a malformed header matches nothing. */
export function isHeldBy(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === etag) return true; // as nearly all send it
  if (ifNoneMatch.trim() === '*') return true;
  return [...ifNoneMatch.matchAll(TAG)].some(([, tag]) => tag === etag);
}
