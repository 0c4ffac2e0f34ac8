/** UUIDs are the same in either case, and stand in lower case in documents, keys and tables; of other ids, two cases are two ids. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export function canonicalId(id: string): string {
  return UUID.test(id) ? id.toLowerCase() : id;
}
