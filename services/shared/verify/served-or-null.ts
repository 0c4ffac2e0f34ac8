/** A document that somebody has changed by hand may hold what no projection does; that differs from the source, and is no failure of ours. */
export function servedOrNull(serve: () => string): string {
  try {
    return serve();
  } catch (error) {
    // What exact-bson.ts throws on values that are none of ours, and BSON's own on what it cannot read.
    if (error instanceof TypeError || (error instanceof Error && error.name.startsWith('BSON')))
      return 'null';
    throw error;
  }
}
