/** What generated clients call a route: `getProfile`. A projection’s name and its resource are unique among those that are served. */
export function operationId(verb: string, ...words: readonly string[]): string {
  const parts = words.flatMap((word) => word.split(/[^A-Za-z0-9]+/));
  return [verb, ...parts.map((part) => `${part.charAt(0).toUpperCase()}${part.slice(1)}`)].join('');
}
