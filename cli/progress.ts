/** The progress of what takes long, for a person: a line now and then, with rate and remaining time where something is counted. */

export interface Progress {
  /** What is being done now: `copying from the source`. */
  readonly stage: string;
  readonly done: number;
  /** null: not known, or nothing is counted. */
  readonly total: number | null;
  /** What is counted; documents, where it is left out. */
  readonly unit?: string;
}

const EVERY_MS = 2000;

export function createProgressReporter(out: NodeJS.WritableStream): (progress: Progress) => void {
  let stage: string | null = null;
  let began = 0;
  /** What was done before the stage began: no part of its rate. */
  let before = 0;
  let told = 0;
  return ({ stage: now, done, total, unit = 'documents' }) => {
    const time = performance.now();
    if (now !== stage) {
      stage = now;
      began = time;
      before = done;
      told = time;
      out.write(`${now}${total === null ? '' : ` (${total} ${unit})`} …\n`);
      return;
    }
    if (time - told < EVERY_MS) return;
    told = time;
    const perSecond = (done - before) / ((time - began) / 1000);
    const rest =
      total === null ? '' : ` of ${total}, ${Math.ceil(Math.max(0, total - done) / perSecond)} s left`;
    out.write(`  ${done}${rest} (${Math.round(perSecond)} a second)\n`);
  };
}
