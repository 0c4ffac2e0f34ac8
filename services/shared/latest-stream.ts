/**
 * The body of one answer that goes on, as server-sent events. Of each kind of event only the latest matters: a reader who is slow is given the
 * latest when he takes one again, and nothing piles up for him. It ends when it must, whether he reads or not.
 */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

export interface LatestStream {
  readonly body: Readable;
  /** In place of the one of its kind that has not been taken yet. */
  send(kind: string, text: string): void;
  /** Ends it as a whole answer; whoever does not take it to its end within a moment is cut off. */
  end(): void;
}

export interface LatestStreamOptions {
  /** What it is the body of: how much of it is taken, the body does not know. */
  readonly response: ServerResponse;
  readonly heartbeatMs: number;
  /** Ends by then, as the token of whoever reads; milliseconds since 1970. */
  readonly until: number;
  /** When it is over, whoever ended it. */
  readonly onClose: () => void;
}

/** A comment: it keeps the connection, and shows whether somebody is there. */
const HEARTBEAT = ':\n\n';
/** Whoever takes nothing for so many heartbeats is not there. */
const MISSED_HEARTBEATS = 2;
const MOMENT_MS = 1000;
/** Node's longest. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function createLatestStream(options: LatestStreamOptions): LatestStream {
  const { response, heartbeatMs, until, onClose } = options;
  /** By kind, in the order in which they came about. */
  const waiting = new Map<string, string>();
  let isWanted = false;
  let isEnding = false;
  let missed = 0;
  let takenBefore = 0;

  function flush(): void {
    const [next] = waiting;
    if (!isWanted || next === undefined) return;
    isWanted = false;
    waiting.delete(next[0]);
    body.push(next[1]);
  }

  /** Since the heartbeat before. A connection asks for more long before all is taken of what it has, so that asking proves nothing. */
  function hasTaken(): boolean {
    const left = response.socket?.writableLength ?? 0;
    const taken = (response.socket?.bytesWritten ?? 0) - left;
    const moves = taken !== takenBefore;
    takenBefore = taken;
    return moves || (isWanted && left === 0);
  }

  function beat(): void {
    missed = hasTaken() ? 0 : missed + 1;
    if (missed >= MISSED_HEARTBEATS) return cut();
    if (!isWanted) return;
    isWanted = false;
    body.push(HEARTBEAT);
  }

  function cut(): void {
    body.destroy();
    if (!response.writableFinished) response.destroy();
  }

  function end(): void {
    if (isEnding) return;
    isEnding = true;
    clearInterval(heartbeats);
    body.push(null);
    setTimeout(cut, MOMENT_MS).unref();
  }

  const body = new Readable({
    // No event but the one that is on its way.
    highWaterMark: 1,
    read() {
      isWanted = true;
      flush();
    },
    destroy(error, done) {
      isEnding = true;
      clearInterval(heartbeats);
      clearTimeout(expiry);
      onClose();
      done(error);
    },
  });
  const heartbeats = setInterval(beat, heartbeatMs);
  const expiry = setTimeout(end, Math.min(Math.max(0, until - Date.now()), LONGEST_TIMER_MS));

  return {
    body,
    send(kind, text) {
      if (isEnding) return;
      waiting.delete(kind);
      waiting.set(kind, text);
      flush();
    },
    end,
  };
}
