/** What a stack reports while it works. A terminal shows these; no module below prints anything itself. */

export type ServerName = 'postgres' | 'mongod' | 'kafka' | 'connect';

/** What the supervisor of one process reports; `name` is the process, a server of the stack or a service of ours. */
export type ProcessEvent =
  | { readonly type: 'starting'; readonly name: string; readonly pid: number }
  /** `ms`: from the start of this process to its first successful readiness check. */
  | { readonly type: 'ready'; readonly name: string; readonly pid: number; readonly ms: number }
  /** It runs, but did not pass its readiness check in time after a restart. It is left running. */
  | { readonly type: 'not-ready'; readonly name: string; readonly message: string }
  | {
      readonly type: 'died';
      readonly name: string;
      readonly code: number | null;
      readonly signal: string | null;
    }
  | { readonly type: 'restarting'; readonly name: string; readonly delayMs: number }
  /** A process could not be started again; it is tried again after the next `restarting`. */
  | { readonly type: 'start-failed'; readonly name: string; readonly message: string }
  | { readonly type: 'stopping'; readonly name: string }
  | { readonly type: 'stopped'; readonly name: string; readonly ms: number };

export type StackEvent =
  | ProcessEvent
  /** Bytes so far; `total` is left out where it is not known beforehand. */
  | { readonly type: 'download'; readonly name: string; readonly received: number; readonly total?: number }
  | { readonly type: 'installing'; readonly name: string }
  | { readonly type: 'installed'; readonly name: string; readonly ms: number }
  /** Another run holds the cache and fills it; we wait for that. */
  | { readonly type: 'waiting'; readonly name: string; readonly pid: number }
  | { readonly type: 'port'; readonly name: string; readonly wanted: number; readonly port: number }
  /** A process of an earlier run, whose supervisor was killed, has been ended. */
  | { readonly type: 'orphan'; readonly name: string; readonly pid: number };

export type OnEvent = (event: StackEvent) => void;
