/** What a command prints, up to a bound. */

export interface Output {
  readonly add: (chunk: Buffer) => void;
  isTooLong(): boolean;
  /** Empty where it is too long. */
  text(): string;
}

export function collectOutput(mostBytes: number): Output {
  let chunks: Buffer[] = [];
  let length = 0;
  const isTooLong = (): boolean => length > mostBytes;
  return {
    add(chunk) {
      length += chunk.length;
      if (isTooLong()) chunks = [];
      else chunks.push(chunk);
    },
    isTooLong,
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

/** undefined: it is no JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
