const WAIT = /^wait[ \t]*=[ \t]*(?:"(\d{1,9})"|(\d{1,9}))[ \t]*(?:;.*)?$/i;

/**
 * `wait` of a Prefer header (RFC 7240), in whole seconds; null when there is none that can be read. A preference that cannot
 * be read is no error: it is not applied, and the answer's Preference-Applied does not name it.
 */
export function preferredWait(prefer: string | undefined): number | null {
  if (prefer === undefined) return null;
  // Splitting inside a quoted text yields pieces that are no preference of ours.
  for (const preference of prefer.split(',')) {
    const match = WAIT.exec(preference.trim());
    if (match) return Number(match[1] ?? match[2]);
  }
  return null;
}
