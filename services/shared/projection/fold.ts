/**
 * Documents that are folded from the events of a stream, which a table holds one a row and in which nothing is ever changed. The author's
 * function makes the content; here is what it may be given and what it may give, the same for a change of the stream and for the
 * events that SQL prints: that both come to the same document is what makes the one the proof of the other. Pure.
 */
import { isLosslessNumber, parseLossless, stringifyLossless } from '../lossless-json.ts';
import { ChangeError } from './change-event.ts';
import type { ChangeEvent, RawRow } from './change-event.ts';
import type { Fields, FoldedRoot } from './definition.ts';
import { unpacked } from './document.ts';
import type { Content } from './document.ts';
import type { Evolve } from './evolve.ts';
import { columnOf, decodeColumn, rowDecoder } from './row-decoder.ts';
import type { Row } from './row-decoder.ts';
import { fieldOfJson } from './within.ts';

/** The content after one more event. null: there was none before. @throws ChangeError when the event, or what is made of it, does not fit. */
type Step = (held: Content | null, position: number, event: Row) => Content;

/** The root's fields that the author's function gives: all but the two that the events' own columns say. */
export function foldedFields({ fields, key, position }: FoldedRoot): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== key && name !== position));
}

/** Events in the order of their positions: what is known is passed over, and what would leave a gap is refused. */
export function evolveFolded(root: FoldedRoot): Evolve {
  const { table } = root;
  const decodeEvent = rowDecoder(table, root.event);
  const step = compileStep(root);
  return (state, change) => {
    const { op, after } = change;
    if (op === 'u' || op === 'd' || after === null)
      throw new ChangeError(`${table}: events are added and never ${op === 'd' ? 'deleted' : 'changed'}`);
    const position = decodePosition(root, after);
    const held = state?.phase === 'live' ? state.content : null;
    const last = held === null ? 0 : lastOf(root, held);
    // A snapshot's row that the stream had brought already, or the other way round.
    if (state !== null && held !== null && position <= last) return state;
    requireNext(table, last, position);
    return { phase: 'live', content: step(held, position, decodeEvent(after)) };
  };
}

function decodePosition(root: FoldedRoot, row: RawRow): number {
  const type = positionType(root);
  return Number(decodeColumn(root.table, columnOf(root.position, type), type, row));
}

/** null: it is no event that can be followed. */
export function positionOf(root: FoldedRoot, { table, after }: ChangeEvent): number | null {
  if (table !== root.table || after === null) return null;
  try {
    return decodePosition(root, after);
  } catch (error) {
    if (error instanceof ChangeError) return null;
    throw error;
  }
}

/** What the source view would have printed before this position. */
export function eventsBefore(printed: string, before: number): string {
  const events = parseLossless(printed) as readonly PrintedEvent[];
  return stringifyLossless(events.filter(({ position }) => position < before));
}

function lastOf({ table, position }: FoldedRoot, held: Content): number {
  const last = unpacked(held[position]);
  if (typeof last === 'number') return last;
  throw new ChangeError(`${table}: the document does not say by ${position} which event was its last`);
}

/** What the source view prints of a stream: its events, in order. */
export interface FoldedEvents {
  /** null: not even the first one can be folded. */
  readonly content: Content | null;
  /** Why what follows `content` cannot be folded; null: all of them are in it. */
  readonly refused: string | null;
}

/** JSON as the source view prints it → the content that a projector comes to. */
export function foldPrinted(root: FoldedRoot): (printed: string) => FoldedEvents {
  const step = compileStep(root);
  return (printed) => {
    let content: Content | null = null;
    let last = 0;
    try {
      for (const { position, event } of parseLossless(printed) as readonly PrintedEvent[]) {
        requireNext(root.table, last, position);
        content = step(content, position, checked(root.table, root.event, event));
        last = position;
      }
      return { content, refused: null };
    } catch (error) {
      if (error instanceof ChangeError) return { content, refused: error.message };
      throw error;
    }
  };
}

/** As the source view prints one. */
export interface PrintedEvent {
  readonly position: number;
  readonly event: Content;
}

function requireNext(table: string, last: number, position: number): void {
  if (position !== last + 1)
    throw new ChangeError(`${table}: the event at position ${position} follows the one at ${last}`);
}

function positionType({ table, fields, position }: FoldedRoot): Fields[string] {
  const type = fields[position];
  if (!type) throw new TypeError(`${table}: the position ${position} is not among the fields`);
  return type;
}

function compileStep(root: FoldedRoot): Step {
  const { table, position: positionField, initial, evolve } = root;
  const fields = foldedFields(root);
  const names = Object.keys(fields);
  const known = new WeakSet<object>();
  return (held, position, event) => {
    const before =
      held === null ? initial : Object.fromEntries(names.map((name) => [name, unpacked(held[name])]));
    const given = evolving(table, () => evolve(before, event));
    return { [positionField]: position, ...checkedContent(table, fields, given, known) };
  };
}

/** Whatever the author's function throws is the matter of the event that it was given. */
function evolving(table: string, act: () => unknown): Content {
  let given: unknown;
  try {
    given = act();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ChangeError(`${table}: the fold refuses the event: ${message}`, { cause: error });
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new ChangeError(`${table}: the fold gives no document`);
  return given as Content;
}

function checkedContent(table: string, fields: Fields, given: Content, known: WeakSet<object>): Content {
  const extra = Object.keys(given).find((name) => fields[name] === undefined && given[name] !== undefined);
  if (extra !== undefined) throw new ChangeError(`${table}: the fold gives ${extra}, which is no field`);
  return checked(`${table}: the fold’s`, fields, given, (value) => plainJson(value, known, 0));
}

/** Each field's value as a document holds it. `ofJson`: what becomes of a field of any JSON. */
function checked(
  what: string,
  fields: Fields,
  given: Content,
  ofJson: (value: unknown) => unknown = (value) => value,
): Row {
  const row: Row = {};
  for (const [name, type] of Object.entries(fields)) {
    const value = given[name];
    try {
      // null is JSON too, but where it stands for nothing.
      const isNull = value === null && type.name === 'json' && type.path === null;
      if (isNull || ((value ?? null) === null && type.nullable)) row[name] = null;
      else if ((value ?? null) === null) throw new ChangeError(`expected ${type.name}, got nothing`);
      else row[name] = fieldOfJson(type, type.name === 'json' ? ofJson(value) : value);
    } catch (error) {
      if (!(error instanceof ChangeError)) throw error;
      throw new ChangeError(`${what} ${name}: ${error.message}`, { cause: error });
    }
  }
  return row;
}

/** As deep as a column's JSON may be. */
const MAX_DEPTH = 1000;

/**
 * The same value as JSON knows it, fields that are undefined left out. `known`: parts that were looked at before, which a pure function
 * gives again where it changed nothing. @throws ChangeError for what is no JSON: it would not come back from the store as it went in.
 */
function plainJson(value: unknown, known: WeakSet<object>, depth: number): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'object' || depth > MAX_DEPTH)
    throw new ChangeError(
      `expected json, got ${typeof value === 'object' ? 'more than 1000 levels' : typeof value}`,
    );
  if (isLosslessNumber(value) || known.has(value)) return value;
  const plain = Array.isArray(value)
    ? value.map((inner) => plainJson(inner, known, depth + 1))
    : Object.fromEntries(
        entriesOf(value)
          .filter(([, inner]) => inner !== undefined)
          .map(([name, inner]) => [name, plainJson(inner, known, depth + 1)]),
      );
  known.add(plain);
  return plain;
}

function entriesOf(value: object): readonly (readonly [string, unknown])[] {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype)
    throw new ChangeError(`expected json, got an object of ${value.constructor.name}`);
  return Object.entries(value);
}

/** Why a definition's folded root does not fit; null when it does. */
export function whyNotFolded(root: FoldedRoot): string | null {
  const { position, key, fields, event } = root;
  const type = fields[position];
  if (type?.name !== 'integer' || type.nullable || type.path !== null || position === key)
    return `the position ${position} must be an integer field that is a column`;
  if (Object.keys(event).length === 0) return 'the events have no field';
  const placed = Object.entries(foldedFields(root)).find(([, each]) => each.column !== null);
  return placed === undefined
    ? null
    : `the field ${placed[0]} is what the fold gives, and does not come from ${placed[1].column}`;
}
