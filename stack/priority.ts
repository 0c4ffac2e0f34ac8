/**
 * Who comes first where cores are few. Linux groups tasks by session (autogroup), and each of our processes has one of its own: there the session's
 * niceness counts, elsewhere the process's, which its threads inherit. Best effort: where a system does not take it, nothing changes.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './errors.ts';

/**
 * Whoever answers readers comes first, and then the store that they read: a burst of changes may take longer, and those who only read do not
 * wait behind it. The store writes too, so it is only a little before the rest (docs/decisions/0041). Below 0 it takes root (CAP_SYS_NICE).
 */
export const NICENESS = { readers: -15, store: -3 } as const;

/** From a user who is not root, Linux takes a session's niceness ten times a second, for all sessions together. */
const TRIES = 20;
const PAUSE_MS = 120;

/** Of a process that leads its session. `niceness`: -20 to 19, as of nice(1). Never rejects. */
export async function setNiceness(pid: number, niceness: number): Promise<void> {
  failureOf(() => {
    // One may have ended meanwhile, or the whole process.
    for (const each of threadsOf(pid)) failureOf(() => setPriority(each, niceness));
  });
  const set = (): string | undefined =>
    failureOf(() => writeFileSync(`/proc/${pid}/autogroup`, String(niceness)));
  for (let left = TRIES; set() === 'EAGAIN' && left > 0; left--) await sleep(PAUSE_MS);
}

/** Those that there are already do not inherit it. */
function threadsOf(pid: number): readonly number[] {
  const tasks = `/proc/${pid}/task`;
  return existsSync(tasks) ? readdirSync(tasks).map(Number) : [pid];
}

function failureOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return String(codeOf(error));
  }
}
