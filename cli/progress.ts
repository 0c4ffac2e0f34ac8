/**
 * What a verb that takes long tells meanwhile, on standard error: for a person a line now and then, with rate and remaining time where
 * something is counted; with --json a line of JSON each, for whoever has started the command and draws it.
 */

export interface Progress {
  /** What is being done now: `copying from the source`. */
  readonly stage: string;
  readonly done: number;
  /** null: not known, or nothing is counted. */
  readonly total: number | null;
  /** What is counted; documents, where it is left out. */
  readonly unit?: string;
}

export interface Teller {
  readonly progress: (progress: Progress) => void;
  /** Something that a person wants to know of, in a line. */
  readonly notice: (text: string) => void;
}

const EVERY_MS = 2000;
/** Whoever draws it wants it to move. */
const JSON_EVERY_MS = 300;

export function createTeller(out: NodeJS.WritableStream, json: boolean): Teller {
  return json ? jsonTeller(out) : textTeller(out);
}

function textTeller(out: NodeJS.WritableStream): Teller {
  let stage: string | null = null;
  let began = 0;
  /** What was done before the stage began: no part of its rate. */
  let before = 0;
  let told = 0;
  return {
    notice: (text) => void out.write(`${text}\n`),
    progress({ stage: now, done, total, unit = 'documents' }) {
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
    },
  };
}

/** The first of each stage at once, and that which completes what is counted. */
function jsonTeller(out: NodeJS.WritableStream): Teller {
  let stage: string | null = null;
  let told = 0;
  return {
    notice: (text) => void out.write(`${JSON.stringify({ notice: text })}\n`),
    progress({ stage: now, done, total, unit = 'documents' }) {
      const time = performance.now();
      if (now === stage && done !== total && time - told < JSON_EVERY_MS) return;
      stage = now;
      told = time;
      out.write(`${JSON.stringify({ progress: { stage: now, done, total, unit } })}\n`);
    },
  };
}
