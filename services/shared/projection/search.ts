/**
 * Documents that are searched: what of their text is kept beside them so that the beginnings of words find them, whatever their case and
 * accents, and in what orders they are listed. Pure. Both sides of a search fold by the same functions: the projector, and the reader.
 */
import { isLosslessNumber, stringifyLossless } from '../lossless-json.ts';
import { fieldAt, filterPath } from './definition.ts';
import type { EmbedDefinition, ProjectionDefinition } from './definition.ts';
import { unpacked } from './document.ts';
import type { Content } from './document.ts';

/** Kept under `_keys`, where no field's name begins so. */
const WORDS = '_words';
const FOLDED = '_folded';
const ENTRIES = '_entries';
const WORDS_PATH = `_keys.${WORDS}`;
/** Of what is copied: with the reference that it is copied by. */
const COPIED_WORDS_PATH = '_refs.words';

/** Of one begin of a word on; a longer beginning finds nothing more exactly. */
const MAX_TERM_LENGTH = 64;
const MAX_TERMS = 200;
const MAX_ENTRY_LENGTH = 256;

/** Letters that Unicode does not take apart. */
const PLAIN: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ı: 'i',
};

/** What spellings have in common where neither case nor accents count. */
export function foldText(value: string): string {
  const bare = value.normalize('NFKD').replaceAll(/\p{M}+/gu, '');
  // ß is SS in capitals, but its own capital ẞ stays one.
  return bare
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll(/[øłđðæœþı]/g, (letter) => PLAIN[letter] ?? letter);
}

/** Each begin of a word, and what follows it up to the next white space: `b.ada@x.org` is found by `ada@x` too. */
export function termsOf(texts: readonly string[]): readonly string[] {
  const terms = new Set<string>();
  for (const text of texts)
    for (const token of foldText(text).split(/\s+/u))
      for (const { index } of token.matchAll(/(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu))
        terms.add(token.slice(index, index + MAX_TERM_LENGTH));
  return [...terms].slice(0, MAX_TERMS);
}

/** The beginnings that a document must all have a term for. */
export function askedTerms(text: string): readonly string[] {
  const tokens = foldText(text).split(/\s+/u);
  const terms = tokens.map((token) => token.replace(/^[^\p{L}\p{N}]+/u, '').slice(0, MAX_TERM_LENGTH));
  return [...new Set(terms.filter((term) => term !== ''))];
}

/** One entry of a map, as it is kept and looked for. null: it is not, because its value is a list or an object, it is very long, or its key holds what ends the key. */
function entryTerm(key: string, value: unknown): string | null {
  const isNested = typeof value === 'object' && value !== null && !isLosslessNumber(value);
  if (isNested || key.includes(':')) return null;
  const term = `${key}:${typeof value === 'string' ? value : stringifyLossless(value)}`;
  return term.length > MAX_ENTRY_LENGTH ? null : term;
}

/** What of a definition is kept beside its documents; names of fields by where they stand. */
export interface Searched {
  /** Without what is copied. */
  readonly text: readonly string[];
  /** Where words stand, each for itself. */
  readonly wordPaths: readonly string[];
  /** Root fields of text that are sorted or filtered by without regard to case and accents. */
  readonly folded: readonly string[];
  /** List → its fields of text, likewise. */
  readonly foldedElements: Readonly<Record<string, readonly string[]>>;
  /** Maps whose entries documents are filtered or counted by. */
  readonly maps: readonly string[];
}

export function compileSearched(definition: ProjectionDefinition): Searched {
  const { root, embed = {}, filters = {}, search } = definition;
  const texts = search?.text ?? [];
  const text = texts.filter((path) => !fieldAt(definition, path)?.copied);
  const asked = Object.values(filters).map(filterPath);
  const maps = [...asked, ...Object.values(search?.facets ?? {})].filter(
    (path) => embed[path]?.kind === 'map',
  );
  const foldedElements = Object.entries(embed).flatMap(([list, each]) => {
    const fields = each.kind === 'list' && search ? Object.keys(each.fields) : [];
    const folded = fields.filter((field) => asked.includes(`${list}.${field}`) && isText(each, field));
    return folded.length === 0 ? [] : [[list, folded] as const];
  });
  const sortedOrAsked = search ? [...Object.values(search.sorts), ...asked] : [];
  return {
    text,
    wordPaths: [
      ...(text.length > 0 ? [WORDS_PATH] : []),
      ...(text.length < texts.length ? [COPIED_WORDS_PATH] : []),
    ],
    folded: unique(sortedOrAsked.filter((field) => root.fields[field]?.name === 'text')),
    foldedElements: Object.fromEntries(foldedElements),
    maps: unique(maps),
  };
}

/** Where a root field stands that is sorted or filtered by. */
export function foldedPath({ folded }: Searched, field: string): string {
  return folded.includes(field) ? `_keys.${FOLDED}.${field}` : field;
}

/** Where a list stands whose elements are filtered by this field of theirs. */
export function foldedList({ foldedElements }: Searched, list: string, field: string): string {
  return foldedElements[list]?.includes(field) ? `_keys.${FOLDED}.${list}` : list;
}

/** Where the entries of a map stand that documents are filtered and counted by. */
export function entriesPath(map: string): string {
  return `_keys.${ENTRIES}.${map}`;
}

/** What is kept of a live document under `_keys`. */
export function searchKeys(
  { text, folded, foldedElements, maps }: Searched,
  content: Content,
): Readonly<Record<string, unknown>> {
  const valueOf = (name: string): unknown => unpacked(content[name]);
  const textsAt = (path: string): readonly string[] => {
    const [first = '', inner] = path.split('.');
    if (inner === undefined) return [textOf(valueOf(first))];
    return ((valueOf(first) ?? []) as readonly Content[]).map((each) => textOf(each[inner]));
  };
  const lists = Object.entries(foldedElements).map(([list, fields]) => {
    const elements = (valueOf(list) ?? []) as readonly Content[];
    return [list, elements.map((each) => pick(fields, (field) => foldAny(each[field])))] as const;
  });
  return {
    ...(text.length > 0 && { [WORDS]: termsOf(text.flatMap(textsAt)) }),
    ...((folded.length > 0 || lists.length > 0) && {
      [FOLDED]: { ...pick(folded, (field) => foldAny(valueOf(field))), ...Object.fromEntries(lists) },
    }),
    ...(maps.length > 0 && { [ENTRIES]: pick(maps, (map) => entriesOf(valueOf(map))) }),
  };
}

function entriesOf(map: unknown): readonly string[] {
  return Object.entries((map ?? {}) as Content).flatMap(([key, value]) => entryTerm(key, value) ?? []);
}

function pick<T>(names: readonly string[], valueOf: (name: string) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(names.map((name) => [name, valueOf(name)]));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** null where there is none. */
export function foldAny(value: unknown): string | null {
  return typeof value === 'string' ? foldText(value) : null;
}

function isText(list: EmbedDefinition, field: string): boolean {
  return list.kind === 'list' && list.fields[field]?.name === 'text';
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
