/**
 * Acts that were asked for, running and over: each a run of the command, with its progress as it tells it. A bounded number runs at once, and
 * of those that would disturb each other one; the latest are kept.
 */
import type { Act } from '../../shared/acts.ts';
import type { Job, JobProgress } from '../../shared/job.ts';
import type { Logger } from '../../shared/logger.ts';
import { collectOutput, parsedJson } from './collect-output.ts';
import { figuresOf } from './figures.ts';
import type { Command, Ended, Readside } from './readside.ts';
import { verbOf } from './verbs.ts';

export type Refused = 'busy' | 'too-many';

export interface Jobs {
  /** Newest first. */
  list(): readonly Job[];
  begin(act: Act, by: string): Job | Refused;
  /** null: there is no such job; false: it is over. */
  interrupt(id: string, by: string): boolean | null;
}

const MOST_KEPT = 50;
const MOST_RUNNING = 6;
/** Read for its figures, and let go. */
const LONGEST_OUTPUT = 8_000_000;
/** What happens meanwhile is told with it: acts that run tell of their progress several times a second, each. */
const TOLD_AFTER_MS = 100;
const INTERRUPTED = 130;

interface Kept {
  job: Job;
  readonly lane: string | null;
  /** null: it is over. */
  command: Command | null;
}

export function createJobs(
  readside: Readside,
  onChange: (jobs: readonly Job[]) => void,
  logger: Logger,
): Jobs {
  let kept: readonly Kept[] = [];
  let telling: NodeJS.Timeout | null = null;
  const list = (): readonly Job[] => kept.map(({ job }) => job);
  const tell = (): void => {
    telling ??= setTimeout(() => {
      telling = null;
      onChange(list());
    }, TOLD_AFTER_MS).unref();
  };
  const change = (entry: Kept, news: Partial<Job>): void => {
    entry.job = { ...entry.job, ...news };
    tell();
  };
  const log = ({ job }: Kept, what: string): void => {
    const { id, act, by, state, exitCode, params } = job;
    // No id of a document: it may be a person's.
    const { projection, stream } = params as { projection?: string; stream?: string };
    logger.info({ job: id, act, projection, stream, by, state, exitCode }, what);
  };

  async function run(entry: Kept, args: readonly string[]): Promise<void> {
    const output = collectOutput(LONGEST_OUTPUT);
    const command = readside.start({
      args,
      by: entry.job.by,
      onOutput: output.add,
      onLine(line) {
        const progress = progressOf(line);
        if (progress) change(entry, { progress });
      },
    });
    entry.command = command;
    const ended = await command.ended;
    entry.command = null;
    const figures = figuresOf(entry.job.act, parsedJson(output.text()));
    change(entry, { ...outcomeOf(ended), figures, ended: new Date().toISOString() });
    log(entry, 'an act is over');
  }

  return {
    list,
    begin(act, by) {
      const { args, lane } = verbOf(act);
      const running = kept.filter(({ command }) => command !== null);
      if (lane !== null && running.some((each) => each.lane === lane)) return 'busy';
      if (running.length >= MOST_RUNNING) return 'too-many';
      const job: Job = { ...act, id: crypto.randomUUID(), by, ...BEGUN, begun: new Date().toISOString() };
      const entry: Kept = { job, lane, command: null };
      void run(entry, args);
      // Of a running one somebody may want to know more than of one that is over.
      const over = kept.filter(({ command }) => command === null).slice(MOST_KEPT - 1 - running.length);
      kept = [entry, ...kept.filter((each) => !over.includes(each))];
      tell();
      log(entry, 'an act begins');
      return job;
    },
    interrupt(id, by) {
      const entry = kept.find(({ job }) => job.id === id);
      if (!entry) return null;
      if (!entry.command) return false;
      entry.command.interrupt();
      logger.info({ job: id, act: entry.job.act, by }, 'an act is interrupted');
      return true;
    },
  };
}

const BEGUN = {
  state: 'running',
  ended: null,
  exitCode: null,
  progress: null,
  figures: null,
  message: null,
} as const;

function outcomeOf({ code, signal, lastLine }: Ended): Partial<Job> {
  const isInterrupted = code === INTERRUPTED || signal === 'SIGINT';
  const state = code === 0 ? 'done' : isInterrupted ? 'interrupted' : 'failed';
  return { state, exitCode: code, message: state === 'done' ? null : wordsOf(lastLine) };
}

/** Without the name that the command puts before it. Lines of JSON are for programs, and tell of what it was doing. */
function wordsOf(line: string | null): string | null {
  return line === null || parsedJson(line) !== undefined ? null : line.replace(/^readside: /, '');
}

/** null: the line says something else. */
function progressOf(line: string): JobProgress | null {
  const { progress = null } = (parsedJson(line) ?? {}) as { readonly progress?: JobProgress | null };
  return progress;
}
