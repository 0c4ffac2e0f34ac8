/** How two contents of one document differ, and the way back from the one to the other. Pure; what is packed and the same stays packed. */
import { differences } from '../same-json.ts';
import type { EmbedDefinition, ProjectionDefinition } from './definition.ts';
import { unpacked } from './document.ts';
import type { Content } from './document.ts';
import { elementOrder } from './element-order.ts';
import type { FieldChange } from './history-entry.ts';

/** In the order of the definition. Undoing them on `after` gives `before`. */
export function changesBetween(
  { root, embed = {} }: ProjectionDefinition,
  before: Content,
  after: Content,
): readonly FieldChange[] {
  // The key is the document's id and is not held twice.
  const fields = Object.keys(root.fields).filter((name) => name !== root.key);
  return [
    ...fields.flatMap((name) =>
      before[name] === after[name] ? [] : changeOf([name], unpacked(before[name]), unpacked(after[name])),
    ),
    ...Object.entries(embed).flatMap(([name, each]) =>
      before[name] === after[name] ? [] : changesWithin(name, each, before[name], after[name]),
    ),
  ];
}

function changesWithin(name: string, embed: EmbedDefinition, was: unknown, is: unknown): FieldChange[] {
  const before = partsOf(embed, was);
  const after = partsOf(embed, is);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const left = before.get(key);
    const right = after.get(key);
    if (left === right) return [];
    if (embed.kind === 'map' || !isElement(left) || !isElement(right))
      return changeOf([name, key], left, right);
    const fields = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...fields].flatMap((field) => changeOf([name, key, field], left[field], right[field]));
  });
}

function changeOf(names: readonly string[], was: unknown, is: unknown): FieldChange[] {
  if (was === is || differences(was, is).length === 0) return [];
  const path = names.map(escaped).join('/');
  return [{ path, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }];
}

/** The content before `changes`, which are those of one entry. Names that the definition does not know any more are passed over. */
export function undone(
  { root, embed = {} }: ProjectionDefinition,
  content: Content,
  changes: readonly FieldChange[],
): Content {
  const fields = new Map(Object.entries(content));
  const touched = new Map<string, Map<string, unknown>>();
  for (const change of changes) {
    const [name = '', key, field] = change.path.split('/').map(plain);
    const each = embed[name];
    if (each !== undefined && key !== undefined) {
      const parts = touched.get(name) ?? partsOf(each, fields.get(name));
      touched.set(name, parts);
      if (field === undefined) putBack(parts, key, change);
      else {
        const element = parts.get(key);
        const inner = new Map(Object.entries(isElement(element) ? element : {}));
        putBack(inner, field, change);
        parts.set(key, Object.fromEntries(inner));
      }
    } else if (key === undefined && root.fields[name]) putBack(fields, name, change);
  }
  for (const [name, parts] of touched) {
    const each = embed[name];
    if (each) fields.set(name, wholeOf(each, parts));
  }
  return Object.fromEntries(fields);
}

function putBack(into: Map<string, unknown>, name: string, change: FieldChange): void {
  if (Object.hasOwn(change, 'before')) into.set(name, change.before);
  else into.delete(name);
}

/** Elements of a list, or entries of a map, by their keys. */
function partsOf(embed: EmbedDefinition, value: unknown): Map<string, unknown> {
  const whole = unpacked(value) ?? {};
  if (embed.kind === 'map') return new Map(Object.entries(whole));
  const elements = Object.values(whole as readonly Content[]);
  return new Map(elements.map((each) => [String(each[embed.key]), each]));
}

function wholeOf(embed: EmbedDefinition, parts: ReadonlyMap<string, unknown>): unknown {
  // Defines own properties, so that the key "__proto__" is data like any other.
  if (embed.kind === 'map') return Object.fromEntries(parts);
  return [...parts.values()].filter(isElement).toSorted(elementOrder(embed));
}

function isElement(value: unknown): value is Content {
  return typeof value === 'object' && value !== null;
}

function escaped(name: string): string {
  return name.includes('/') || name.includes('~') ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name;
}

function plain(name: string): string {
  return name.includes('~') ? name.replaceAll('~1', '/').replaceAll('~0', '~') : name;
}
