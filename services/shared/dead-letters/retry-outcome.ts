/** Types alone: the console's page reads them too. */

/** What a retry made of one document in quarantine, or would make of it. */
export interface RetryOutcome {
  readonly id: string;
  readonly state: 'healed' | 'failing' | 'not-quarantined';
  /** Changes that are in the document now, or would be. */
  readonly applied: number;
  readonly remaining: number;
  /** Where it stays in quarantine: why. */
  readonly error: string | null;
  readonly differences: readonly ValueChange[];
}

/** What is, or would be, different in the document: JSON; null where there is nothing. */
export interface ValueChange {
  /** `addresses[0].city` */
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}
