/** What is known of a pipeline at one moment: the input of the verdict. */
import type { ConnectorStatus } from '../connect/connect-client.ts';
import type { SourceProgress } from '../lag/source-progress.ts';
import type { TopicProgress } from '../lag/topic-progress.ts';
import type { Asked } from './asked.ts';
import type { Cause, ServerName } from './causes.ts';

export interface GroupState {
  readonly members: number;
  /** Partitions of the topic that no member works on; none while the group is settling who does. */
  readonly unassigned: readonly number[];
}

/** How long nothing has moved; 0 while something does. */
export interface Stillness {
  /** Neither did the slot confirm anything nor did a record reach the topic. */
  readonly sourceMs: number;
  /** The group has committed nothing although something waits. */
  readonly groupMs: number;
}

export interface HealthFacts {
  readonly projection: string;
  readonly stream: string;
  /** Servers that do not answer. */
  readonly down: ReadonlyArray<{ readonly name: ServerName; readonly why: string }>;
  /** null: not asked, or no answer; its server is among those that are down. */
  readonly source: SourceProgress | null;
  /** `absent`: there is no such connector. `starting`: Connect does not know yet which it has. */
  readonly connector: ConnectorStatus | 'absent' | 'starting' | null;
  /** `absent`: there is no such topic. */
  readonly topic: TopicProgress | 'absent' | null;
  /** Partitions of the topic that lack a replica in sync; null: not known. */
  readonly unreplicated: number | null;
  readonly group: GroupState | null;
  /** The last write to the document store, or why it failed; null: none was tried. */
  readonly write: Asked<unknown> | null;
  /** Documents that a bad change keeps from going on; null: not known. */
  readonly quarantined: number | null;
  /** Documents that the continuous verifier knows to be wrong; null: not known. */
  readonly wrong: number | null;
  /** Documents looked at so far because a row that they copy from had changed; null: not known. */
  readonly reached: number | null;
  /** Whose rows are in the documents; null: not known. */
  readonly snapshots: number | null;
  readonly still: Stillness;
  /** Age of the oldest commit that may be missing from the documents; null: nothing was proven yet. */
  readonly lagSeconds: number | null;
  /** Why nobody can tell it; left out where it is told, or nothing was proven yet. */
  readonly lagUnknown?: string;
  /** What waits has come just now, and is applied as fast as it comes; left out where nobody has looked before. */
  readonly inFlight?: boolean;
  /** How long it takes until nothing waits, as things go; left out where it is not known. */
  readonly clearInSeconds?: number;
  /** What others found out by themselves: the feed, the schema guard. */
  readonly found: readonly Cause[];
}
