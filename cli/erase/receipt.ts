/** What an erasure came to: each place that held something of the person, and how it is there. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CliError, EXIT } from '../exit.ts';
import { fingerprintWith } from './fingerprints.ts';

export type PlaceState =
  /** Nothing of the person is there. */
  | 'gone'
  /** Something is, and goes by itself by the deadline. */
  | 'going'
  /** Something is, and does not go by itself, or has not gone in time. */
  | 'found';

export interface Place {
  /** `Postgres: …`, `MongoDB: <collection>`, `Kafka: <topic>`. */
  readonly place: string;
  readonly state: PlaceState;
  /** Ids of documents, or `partition:offset`; some of them. */
  readonly at: readonly string[];
  /** Of what is going, ISO 8601. */
  readonly deadline?: string;
}

export interface Receipt {
  /** As it is noted in `readside.erasures`. */
  readonly erasure: string;
  readonly id: string;
  readonly erasedAt: string;
  readonly salt: string;
  /** Of the texts that the person's documents held: the texts themselves are nowhere in it. */
  readonly fingerprints: readonly string[];
  readonly places: readonly Place[];
}

export function newReceipt(
  erased: Pick<Receipt, 'erasure' | 'id' | 'erasedAt'>,
  texts: ReadonlySet<string>,
): Omit<Receipt, 'places'> {
  const salt = randomBytes(16).toString('hex');
  const fingerprint = fingerprintWith(salt);
  return { ...erased, salt, fingerprints: [...new Set([...texts].map(fingerprint))].toSorted() };
}

/** @throws CliError (usage) */
export function readReceipt(path: string): Receipt {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new CliError(EXIT.usage, `${path} is no receipt of an erasure: it cannot be read as JSON`);
  }
  const { erasure, id, erasedAt, salt, fingerprints, places } = (content ?? {}) as Partial<Receipt>;
  const isWhole =
    [erasure, id, erasedAt, salt].every((each) => typeof each === 'string') &&
    Array.isArray(fingerprints) &&
    Array.isArray(places);
  if (!isWhole) throw new CliError(EXIT.usage, `${path} is no receipt of an erasure`);
  return content as Receipt;
}

const SHOWN = 5;

/** For a person. */
export function receiptScreen({ id, erasure, places }: Pick<Receipt, 'id' | 'erasure' | 'places'>): string {
  const lines = places.map(({ place, state, at, deadline }) => {
    const where =
      at.length === 0 ? '' : ` (${at.slice(0, SHOWN).join(', ')}${at.length > SHOWN ? ', …' : ''})`;
    const told = state === 'going' ? `going, by ${deadline}` : state;
    return `  ${place.padEnd(40)} ${told}${where}\n`;
  });
  return `${id}, erasure ${erasure}\n${lines.join('')}`;
}
