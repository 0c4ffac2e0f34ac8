/** Texts of a person that can be recognized and not read: what a receipt holds in place of them. Pure, but for the salt that it is given. */
import { createHash } from 'node:crypto';

/** Shorter ones are everybody's: country codes, yes and no. */
const MIN_LENGTH = 4;
/** Of 64 bits: no two texts of this world are taken for each other. */
const HEX_DIGITS = 16;

/** Of any text, whatever its case. */
export type Fingerprint = (text: string) => string;

export function fingerprintWith(salt: string): Fingerprint {
  return (text) =>
    createHash('sha256')
      .update(`${salt}\u0000${normalized(text)}`)
      .digest('hex')
      .slice(0, HEX_DIGITS);
}

/** All texts in a value, keys among them, that are long enough to be somebody's. */
export function textsOf(value: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (each: unknown): void => {
    if (typeof each === 'string') {
      if (normalized(each).length >= MIN_LENGTH) found.add(each);
    } else if (Array.isArray(each)) each.forEach(visit);
    else if (typeof each === 'object' && each !== null)
      for (const [key, inner] of Object.entries(each)) {
        visit(key);
        visit(inner);
      }
  };
  visit(value);
  return found;
}

function normalized(text: string): string {
  return text.trim().normalize('NFKC').toLowerCase();
}
