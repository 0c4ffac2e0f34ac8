/** The values of a document, each at its path: those that are told where they came from, and those that only one side has. Pure. */
import type { DocumentAnswer, Difference, Json, JsonObject } from '../data/document-api.ts';
import type { ExplainedField } from '../../../shared/explained.ts';

export interface FieldView {
  readonly path: string;
  /** JSON; null: there is nothing. */
  readonly value: string | null;
  readonly field: ExplainedField | null;
  /** Where it is not what SQL says. */
  readonly difference: Difference | null;
}

/** In the order of the document; what SQL has and the document has not comes last. */
export function fieldsOf({ document, fields, source }: DocumentAnswer): readonly FieldView[] {
  const differences = new Map((source.fields ?? []).map((each) => [each.path, each]));
  const known = fields.map((field): FieldView => {
    const difference = differences.get(field.path) ?? null;
    differences.delete(field.path);
    return { path: field.path, value: valueAt(document, field), field, difference };
  });
  const rest = [...differences.values()].map((difference): FieldView => ({
    path: difference.path,
    value: difference.found,
    field: null,
    difference,
  }));
  return [...known, ...rest];
}

/** A map's key may hold dots, so its row says where the key begins. */
function valueAt(document: JsonObject | null, { path, row }: ExplainedField): string | null {
  if (document === null) return null;
  const element = /^([^.[]+)\[(\d+)\]\.(.+)$/.exec(path);
  let value: Json | undefined;
  if (element) {
    const [, list = '', at = '', field = ''] = element;
    const elements = document[list];
    const found = Array.isArray(elements) ? (elements as readonly Json[])[Number(at)] : undefined;
    value = isObject(found) ? found[field] : undefined;
  } else if (row !== null && path.endsWith(`.${row}`)) {
    const map = document[path.slice(0, -row.length - 1)];
    value = isObject(map) ? map[row] : undefined;
  } else value = document[path];
  return value === undefined ? null : JSON.stringify(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `addresses[0]` of `addresses[0].city`; empty for the root's own. */
export function groupOf(path: string): string {
  const at = path.search(/[.[]/);
  if (at === -1) return '';
  const element = /^[^.[]+\[\d+\]/.exec(path);
  return element ? element[0] : path.slice(0, at);
}
