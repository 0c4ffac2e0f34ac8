/** In place of the `readside` command, for what must never come to run it: it starts nothing, and knows what it was asked for. */
import type { Ended, Readside } from '../../services/console/commands/readside.ts';

export interface IdleReadside extends Readside {
  /** Arguments of each command that would have run. */
  readonly asked: ReadonlyArray<readonly string[]>;
}

export function idleReadside(): IdleReadside {
  const asked: Array<readonly string[]> = [];
  const ends: Array<() => void> = [];
  return {
    asked,
    start({ args }) {
      asked.push(args);
      const ended = new Promise<Ended>((resolve) =>
        ends.push(() => resolve({ code: null, signal: null, lastLine: null })),
      );
      return { pid: null, ended, interrupt: () => undefined, kill: () => undefined };
    },
    async stop() {
      for (const end of ends) end();
    },
  };
}
