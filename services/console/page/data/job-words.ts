/** How a run of the command ended, in words. Pure. */
import type { Job } from './console-api.ts';
import { count, many } from './format.ts';

/** In one line. */
export function outcomeOf(job: Job): string {
  const { state, message, exitCode } = job;
  if (state === 'running') return 'running';
  if (state === 'interrupted') return 'interrupted';
  const told = tell(job);
  if (state === 'failed') return `failed: ${message ?? told ?? `exit code ${exitCode}`}`;
  return told === null ? 'done' : `done: ${told}`;
}

/** What the figures say, where they say more than that it is done. */
function tell({ act, figures }: Job): string | null {
  if (figures === null) return null;
  const {
    compared = 0,
    wrong = 0,
    repaired = 0,
    copied = 0,
    verified = 0,
    healed = 0,
    applied = 0,
  } = figures;
  switch (act) {
    case 'verify':
      return (
        `${many(compared, 'document')} compared, ${wrong === 0 ? 'none wrong' : `${count(wrong)} wrong`}` +
        (repaired === 0 ? '' : `, ${count(repaired)} repaired`)
      );
    case 'rebuild':
      return `${many(copied, 'document')} copied, ${many(verified, 'document')} verified`;
    case 'dlq-retry':
    case 'dlq-discard':
      return `${many(healed, 'document')} healed, ${many(applied, 'change')} applied`;
    default:
      return null;
  }
}
