/** Reads the Freshness header: a dictionary of RFC 9651, of which it needs tokens, texts, numbers and booleans. */
import type { Freshness } from './types.ts';

const MEMBER = /([a-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([^,]*))(?:, |$)/g;

export function parseFreshness(header: string | null): Freshness {
  return Object.fromEntries(
    [...(header ?? '').matchAll(MEMBER)].map(([, name = '', text, plain = '']) => [
      name,
      text?.replaceAll(/\\(.)/g, '$1') ?? plain,
    ]),
  );
}

/** The time before which every commit is in the document; null: it is not told. */
export function asOfOf(freshness: Freshness): number | null {
  const asOf = freshness['as-of'];
  return asOf === undefined ? null : Date.parse(asOf);
}
