/** Which changes this process has shown: the first answer that shows one is a part of its story, the thousands after it are not. Pure. */

/** Enough for what is changed while an answer is on its way; whose turn comes again after so many others is told again. */
const MOST = 10_000;

export type IsFirstShown = (traceparent: string) => boolean;

export function createFirstShown(most = MOST): IsFirstShown {
  const shown = new Set<string>();
  return (traceparent) => {
    if (shown.has(traceparent)) return false;
    shown.add(traceparent);
    if (shown.size > most) {
      const [oldest = ''] = shown;
      shown.delete(oldest);
    }
    return true;
  };
}
