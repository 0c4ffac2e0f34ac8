/** An act as the console runs it, and as its page shows it. Types alone: pages for the browser read them too. */
import type { Act, ActName } from './acts.ts';

export interface Job {
  readonly id: string;
  readonly act: ActName;
  readonly params: Act['params'];
  /** Whoever asked for it: the subject of the token. */
  readonly by: string;
  /** failed: also when the command says that something is wrong, as a verification that found a difference. */
  readonly state: 'running' | 'done' | 'failed' | 'interrupted';
  readonly begun: string;
  readonly ended: string | null;
  /** Of the command; null: it runs, or a signal ended it. */
  readonly exitCode: number | null;
  /** null: it has told none. */
  readonly progress: JobProgress | null;
  /** What came of it, by what the command printed; null: nothing to count. */
  readonly figures: JobFigures | null;
  /** Its last words, where it is not done. */
  readonly message: string | null;
}

/** Counts, each where the command tells it. Every browser is sent them with each change of a job: what the command printed may be long. */
export type JobFigures = Readonly<
  Partial<Record<'compared' | 'wrong' | 'repaired' | 'copied' | 'verified' | 'healed' | 'applied', number>>
>;

export interface JobProgress {
  readonly stage: string;
  readonly done: number;
  /** null: not known. */
  readonly total: number | null;
  readonly unit: string;
}
