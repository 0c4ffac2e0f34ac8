/**
 * Questions: runs of the command that change nothing, and whose answer is what they print. Few run at once, the others wait their turn; the
 * same question of several browsers is asked once.
 */
import { ProblemError } from '../../shared/problem.ts';
import { collectOutput, parsedJson } from './collect-output.ts';
import type { Readside } from './readside.ts';

/** Resolves to the JSON that the command printed, as it stands: its numbers keep their value. @throws ProblemError */
export type Ask = (args: readonly string[]) => Promise<string>;

const AT_ONCE = 3;
const MOST_WAITING = 40;
/** More than the 30 s that a verb gives the stream to catch up. */
const DEADLINE_MS = 45_000;
const LONGEST_ANSWER = 8_000_000;
const USAGE = 2;

export function createAsk(readside: Readside): Ask {
  const underWay = new Map<string, Promise<string>>();
  const waiting: Array<() => void> = [];
  let running = 0;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= AT_ONCE) {
      if (waiting.length >= MOST_WAITING) throw tooManyQuestions();
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      // Whoever waits takes over the place.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  }

  return (args) => {
    const key = args.join('\0');
    const same = underWay.get(key);
    if (same) return same;
    const answer = inTurn(() => answerOf(readside, args)).finally(() => underWay.delete(key));
    underWay.set(key, answer);
    return answer;
  };
}

async function answerOf(readside: Readside, args: readonly string[]): Promise<string> {
  const output = collectOutput(LONGEST_ANSWER);
  const command = readside.start({ args, by: '', onOutput: output.add });
  let isLate = false;
  const deadline = setTimeout(() => {
    isLate = true;
    command.kill();
  }, DEADLINE_MS);
  const { code, lastLine } = await command.ended;
  clearTimeout(deadline);
  if (isLate) throw tookTooLong();
  if (output.isTooLong()) throw commandFailed('the answer is longer than the console reads');
  // A verb that has found something wrong says so by its exit code too.
  const text = output.text();
  if (parsedJson(text) !== undefined) return text;
  const words = lastLine?.replace(/^readside: /, '') ?? 'it printed nothing';
  throw code === USAGE ? commandRefused(words) : commandFailed(words);
}

const NO_STORE = { 'cache-control': 'no-store' } as const;

function commandRefused(detail: string): ProblemError {
  return new ProblemError(422, 'command-refused', 'The command refuses this', { detail, headers: NO_STORE });
}

function commandFailed(detail: string): ProblemError {
  return new ProblemError(502, 'command-failed', 'The command failed', { detail, headers: NO_STORE });
}

function tookTooLong(): ProblemError {
  const detail = `it was ended after ${DEADLINE_MS / 1000} s`;
  return new ProblemError(504, 'command-too-slow', 'The command took too long', {
    detail,
    headers: NO_STORE,
  });
}

function tooManyQuestions(): ProblemError {
  return new ProblemError(503, 'too-many-questions', 'More is asked than the console can answer', {
    headers: { ...NO_STORE, 'retry-after': '2' },
  });
}

/** For OpenAPI: one of each kind. */
export const QUESTION_PROBLEMS: readonly ProblemError[] = [
  commandRefused('9c4f… is not in quarantine'),
  commandFailed('Postgres: connect ECONNREFUSED'),
  tookTooLong(),
  tooManyQuestions(),
];
