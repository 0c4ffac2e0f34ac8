/** A rebuild's progress, for a person: a line now and then, with rate and remaining time while documents are copied or compared. */
import type { RebuildProgress } from './rebuild.ts';

const EVERY_MS = 2000;

const STAGES: Readonly<Record<RebuildProgress['stage'], string>> = {
  stream: 'making sure that the stream runs',
  copy: 'copying from the source',
  follow: 'catching up with the stream',
  verify: 'comparing with SQL',
  swap: 'swapping the documents in',
};

export function createRebuildReporter(out: NodeJS.WritableStream): (progress: RebuildProgress) => void {
  let stage: string | null = null;
  let began = 0;
  let told = 0;
  return ({ stage: now, done, total }) => {
    const time = performance.now();
    if (now !== stage) {
      stage = now;
      began = time;
      told = time;
      out.write(`${STAGES[now]}${total === null ? '' : ` (${total} documents)`} …\n`);
      return;
    }
    if (time - told < EVERY_MS) return;
    told = time;
    const perSecond = done / ((time - began) / 1000);
    const rest =
      total === null ? '' : ` of ${total}, ${Math.ceil(Math.max(0, total - done) / perSecond)} s left`;
    out.write(`  ${done}${rest} (${Math.round(perSecond)} a second)\n`);
  };
}
