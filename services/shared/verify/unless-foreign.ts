/** A document that somebody has changed by hand may hold what no projection does; that differs from the source, and is no failure of ours. */
export function unlessForeign<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    // What exact-bson.ts throws on values that are none of ours, and BSON's own on what it cannot read.
    if (error instanceof TypeError || (error instanceof Error && error.name.startsWith('BSON')))
      return otherwise;
    throw error;
  }
}

/** Its JSON, as readers see it. */
export function servedOrNull(serve: () => string): string {
  return unlessForeign(serve, 'null');
}
