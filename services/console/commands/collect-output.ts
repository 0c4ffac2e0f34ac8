/** What a command prints, up to a bound. */

export interface Output {
  readonly add: (chunk: Buffer) => void;
  isTooLong(): boolean;
  /** null: it printed nothing, no JSON, or too much. */
  json(): unknown;
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
    json() {
      try {
        return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
      } catch {
        return null;
      }
    },
  };
}
