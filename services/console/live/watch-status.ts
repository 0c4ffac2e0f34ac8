/**
 * One `readside status --watch` for all browsers, whether any looks or none does: the graphs' last minutes are there for whoever comes. It
 * takes some percent of a processor. When it ends, or says nothing for long, that is told and it is started again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../shared/logger.ts';
import type { StatusReport } from '../../shared/status-report.ts';
import { parsedJson } from '../commands/collect-output.ts';
import { createLines } from '../commands/lines.ts';
import type { Command, Ended, Readside } from '../commands/readside.ts';

export interface StatusListener {
  onReport(report: StatusReport): void;
  onGone(why: string): void;
}

export interface StatusWatch {
  /** null: it looks; else why it does not. */
  why(): string | null;
  /** Its process is asked to end, and `Readside.stop` waits for it. */
  stop(): void;
}

const ARGS = ['status', '--watch', '1', '--json'];
/** Of dozens of read models with hundreds of partitions each. */
const LONGEST_LINE = 4_000_000;
/** A look at servers that do not answer takes half of it. */
const SILENCE_MS = 60_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** A process that ran so long was well: the next pause is the first again. */
const WELL_MS = 30_000;

export function watchStatus(readside: Readside, listener: StatusListener, logger: Logger): StatusWatch {
  const stopping = new AbortController();
  let why: string | null = 'the first look is under way';
  let current: Command | null = null;

  function look(line: string): void {
    const report = parsedJson(line) as StatusReport | undefined;
    if (report === undefined) return;
    why = null;
    listener.onReport(report);
  }

  async function live(): Promise<Ended> {
    let failure: string | null = null;
    const fail = (what: string): void => {
      failure = what;
      command.kill();
    };
    const silence = setTimeout(() => fail('it said nothing for a minute'), SILENCE_MS);
    const onOutput = createLines(
      LONGEST_LINE,
      (line) => {
        silence.refresh();
        look(line);
      },
      () => fail('a look is longer than the console reads'),
    );
    const command = readside.start({ args: ARGS, by: '', onOutput });
    current = command;
    const ended = await command.ended;
    clearTimeout(silence);
    return { ...ended, lastLine: failure ?? ended.lastLine };
  }

  async function run(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      const began = performance.now();
      const { code, lastLine } = await live();
      if (stopping.signal.aborted) return;
      if (performance.now() - began > WELL_MS) pauseMs = FIRST_PAUSE_MS;
      why = lastLine ?? `readside status ended with ${code}`;
      logger.warn({ exitCode: code, inMs: pauseMs }, 'readside status ended, and is started again');
      listener.onGone(why);
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined); // asked to stop
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
  }

  void run();
  return {
    why: () => why,
    stop() {
      stopping.abort();
      current?.interrupt();
    },
  };
}
