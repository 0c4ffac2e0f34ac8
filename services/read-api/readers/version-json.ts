import type { Projection } from '../../shared/projection/projection.ts';

/** The body of the version route: the id as the document shows it, and its revision. */
export function versionJson({ definition }: Projection, id: string, revision: number | null): string {
  const { root } = definition;
  return JSON.stringify({
    id: root.fields[root.key]?.name === 'integer' ? Number(id) : id,
    version: revision,
  });
}
