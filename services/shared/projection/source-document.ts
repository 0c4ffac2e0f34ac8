/** From what the source view prints to the document: whatever reads the view goes through here. Pure. */
import { stringifyLossless } from '../lossless-json.ts';
import type { ProjectionDefinition } from './definition.ts';
import { foldPrinted } from './fold.ts';

export interface SourceDocument {
  /** JSON as it is served. null: none can be made of what is printed. */
  readonly json: string | null;
  /** JSON as the view prints it: the same, or of a folded root the events. */
  readonly printed: string;
  /** Why not all that is printed is in `json`: a fold refuses an event, and what follows it. null: all is. */
  readonly refused: string | null;
}

export type FromSource = (id: string, printed: string) => SourceDocument;

export const AS_PRINTED: FromSource = (_id, printed) => ({ json: printed, printed, refused: null });

export function compileFromSource({ root }: ProjectionDefinition): FromSource {
  if (root.kind === 'table') return AS_PRINTED;
  const fold = foldPrinted(root);
  const names = Object.keys(root.fields);
  const isIntegerKey = root.fields[root.key]?.name === 'integer';
  return (id, printed) => {
    const { content, refused } = fold(printed);
    if (content === null) return { json: null, printed, refused };
    const values = { ...content, [root.key]: isIntegerKey ? Number(id) : id };
    const document = Object.fromEntries(names.map((name) => [name, values[name]]));
    return { json: stringifyLossless(document), printed, refused };
  };
}
