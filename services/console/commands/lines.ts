/** Text that comes in pieces, as lines of a bounded length. Pure but for what it is given to call. */
import { StringDecoder } from 'node:string_decoder';

/** `onLine` gets no empty line. A line longer than `longest` characters is told once, by `onTooLong`, and passed over. */
export function createLines(
  longest: number,
  onLine: (line: string) => void,
  onTooLong: () => void,
): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let begun = '';
  let isPassedOver = false;
  const end = (line: string): void => {
    if (!isPassedOver && line !== '') onLine(line);
    isPassedOver = false;
  };
  return (chunk) => {
    const [rest = '', ...more] = decoder.write(chunk).split('\n').toReversed();
    const whole = more.toReversed();
    const [first] = whole;
    if (first !== undefined) whole[0] = begun + first;
    for (const line of whole) end(line.trimEnd());
    begun = whole.length > 0 ? rest : begun + rest;
    if (begun.length <= longest) return;
    if (!isPassedOver) onTooLong();
    isPassedOver = true;
    begun = '';
  };
}
