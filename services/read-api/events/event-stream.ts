/**
 * The body of one answer that goes on: it gives the latest event when the connection takes one. A reader who is slow gets fewer events, each of
 * them the latest of its time; nothing piles up for him.
 */
import { Readable } from 'node:stream';

export interface EventStream {
  readonly body: Readable;
  /** In place of the one that has not been taken yet. */
  send(text: string): void;
  /** At once, whatever has not been taken yet. */
  end(): void;
}

export interface EventStreamOptions {
  readonly heartbeat: string;
  readonly heartbeatMs: number;
  /** When it is over, whoever ended it. */
  readonly onClose: () => void;
}

/** Whoever takes nothing for so many heartbeats is not there. */
const MISSED_HEARTBEATS = 2;

export function createEventStream({ heartbeat, heartbeatMs, onClose }: EventStreamOptions): EventStream {
  let waiting: string | null = null;
  let isWanted = false;
  let missed = 0;

  function give(text: string): void {
    isWanted = false;
    missed = 0;
    body.push(text);
  }

  const timer = setInterval(() => {
    if (isWanted) give(heartbeat);
    else if (++missed >= MISSED_HEARTBEATS) body.destroy();
  }, heartbeatMs);

  const body = new Readable({
    // No event but the one that is on its way.
    highWaterMark: 1,
    read() {
      isWanted = true;
      if (waiting === null) return;
      const text = waiting;
      waiting = null;
      give(text);
    },
    destroy(error, done) {
      clearInterval(timer);
      onClose();
      done(error);
    },
  });

  return {
    body,
    send(text) {
      if (isWanted) give(text);
      else waiting = text;
    },
    end() {
      if (isWanted) body.push(null);
      else body.destroy();
    },
  };
}
