/** The revision among the fields of a document; null where the projection has none. `field`: as the definition names it. */
export function revisionOf(
  fields: Readonly<Record<string, unknown>>,
  field: string | undefined,
): number | null {
  const revision = field === undefined ? undefined : fields[field];
  return typeof revision === 'number' ? revision : null;
}
