/** The values of a document, each with its path and the row that it stands in. Pure. */
import { fieldIn } from '../../shared/projection/definition.ts';
import { unpacked } from '../../shared/projection/document.ts';
import type { Content } from '../../shared/projection/document.ts';
import type { FieldType } from '../../shared/projection/field-types.ts';
import { keyIn } from '../../shared/projection/references.ts';
import type { Projection } from '../../shared/projection/projection.ts';

export interface Leaf {
  /** As in the document: `email`, `addresses[0].city`, `preferences.theme`. */
  readonly path: string;
  /** The same wherever the element stands in its list, so that it can be found again after others have come and gone. */
  readonly identity: string;
  readonly table: string;
  /** What tells the row from others of its table and document; null: it is the root's. */
  readonly row: string | null;
  readonly value: unknown;
}

export function leavesOf({ definition }: Pick<Projection, 'definition'>, content: Content): readonly Leaf[] {
  const { root, embed = {} } = definition;
  /** Of a value that was copied, it is the other row's. */
  const standing = (type: FieldType | undefined, row: Content, own: Pick<Leaf, 'table' | 'row'>) => {
    const reference = type?.copied && definition.references?.[type.copied.reference];
    if (!reference) return own;
    return { table: reference.table, row: keyIn(row[fieldIn(reference.by)]) };
  };
  const fields = Object.entries(root.fields).flatMap(([name, type]): readonly Leaf[] => {
    const value = unpacked(content[name]);
    // The key is the document's id.
    if (name === root.key || value === undefined) return [];
    return [
      { path: name, identity: name, ...standing(type, content, { table: root.table, row: null }), value },
    ];
  });
  const embedded = Object.entries(embed).flatMap(([name, each]): readonly Leaf[] => {
    const value = unpacked(content[name]) ?? {};
    if (each.kind === 'map')
      return Object.entries(value).map(([key, inner]: readonly [string, unknown]) => {
        const path = `${name}.${key}`;
        return { path, identity: path, table: each.table, row: key, value: inner };
      });
    return Object.values(value as readonly Content[]).flatMap((element, at) => {
      const row = String(element[each.key]);
      return Object.entries(element).map(([field, inner]) => ({
        path: `${name}[${at}].${field}`,
        identity: `${name}[${row}].${field}`,
        ...standing(each.fields[field], element, { table: each.table, row }),
        value: inner,
      }));
    });
  });
  return [...fields, ...embedded];
}
