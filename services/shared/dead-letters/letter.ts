/**
 * How a change that was not applied stands in the dead letters: key and value are the record's own bytes, all else is in
 * headers. Written by the projector, read by `readside dlq`; nobody else knows this shape. Pure.
 *
 * A crash may write a letter twice. What tells two letters apart is where the change stood: partition and offset.
 */

export interface Letter {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Where the change stood, and when Kafka took it, in ms since 1970. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  /** Names no value of a row. */
  readonly error: string;
  readonly projection: string;
  readonly version: number;
  readonly quarantinedAt: Date;
}

export type LetterHeaders = Readonly<Record<string, string>>;

export function toHeaders(letter: Letter): LetterHeaders {
  return {
    topic: letter.topic,
    partition: String(letter.partition),
    offset: String(letter.offset),
    timestamp: String(letter.timestamp),
    error: letter.error,
    projection: letter.projection,
    version: String(letter.version),
    'quarantined-at': letter.quarantinedAt.toISOString(),
  };
}

/** null: the record is no letter of ours. */
export function fromRecord(
  key: Buffer | null,
  value: Buffer | null,
  headers: Readonly<Record<string, unknown>>,
): Letter | null {
  const textOf = (name: string): string => {
    const header = headers[name];
    return Buffer.isBuffer(header) || typeof header === 'string' ? header.toString() : '';
  };
  const numberOf = (name: string): number => (textOf(name) === '' ? Number.NaN : Number(textOf(name)));
  const letter: Letter = {
    key,
    value,
    topic: textOf('topic'),
    partition: numberOf('partition'),
    offset: numberOf('offset'),
    timestamp: numberOf('timestamp'),
    error: textOf('error'),
    projection: textOf('projection'),
    version: numberOf('version'),
    quarantinedAt: new Date(textOf('quarantined-at')),
  };
  const isWhole = Number.isSafeInteger(letter.partition) && Number.isSafeInteger(letter.offset);
  return isWhole && letter.topic !== '' ? letter : null;
}
