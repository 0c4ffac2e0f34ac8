/** The projector's latest verdict, kept beside its documents for those who cannot ask it: the read API, `readside status` from afar. */
import type { Verdict } from './verdict.ts';

export interface HealthRecord extends Verdict {
  /** `<projection>:health`, in the collection of the freshness record. */
  readonly _id: string;
  /** By the projector's clock. */
  readonly at: Date;
}

export function healthId(projection: string): string {
  return `${projection}:health`;
}
