/** Schemas of texts in requests, whatever they are about. */
import { Type } from 'typebox';

interface TextLimits {
  readonly minLength?: number;
  readonly maxLength: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly description?: string;
  readonly examples?: readonly string[];
}

/** A text, or null for "none"; null too when the request leaves it out and the whole object is written. */
export function nullableText(limits: TextLimits): ReturnType<typeof Type.Unsafe<string | null>> {
  return Type.Unsafe<string | null>({ ...limits, type: ['string', 'null'] });
}
export function text(limits: TextLimits): ReturnType<typeof Type.Unsafe<string>> {
  return Type.Unsafe<string>({ ...limits, type: 'string' });
}

export const NOT_BLANK = '\\S';
const UUID_PATTERN = '^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$';
/** Within brackets; spelled out, for not every reader of a schema knows `\\p{Cc}`. */
export const CONTROL = String.raw`\u0000-\u001f\u007f-\u009f`;
/** Control, format and private characters. */
const INVISIBLE = String.raw`${CONTROL}\u00ad\u0600-\u0605\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ue000-\uf8ff`;
/** A character of an address. */
const MAIL = String.raw`\s@${INVISIBLE}"(),:;<>\[\\\]`;

export function uuid(description: string, example: string): ReturnType<typeof text> {
  return text({ pattern: UUID_PATTERN, maxLength: 36, description, examples: [example] });
}

export const Email = text({
  maxLength: 320,
  pattern: `^[^${MAIL}]{1,64}@[^${MAIL}]+\\.[^.${MAIL}]+$`,
  description: 'unique without regard to case',
  examples: ['ada@example.com'],
});
