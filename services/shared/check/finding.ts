/** Something that does not fit together, why that matters, and what mends it. */
export interface Finding {
  readonly code: string;
  readonly text: string;
  readonly why: string;
  readonly remedy: string;
  /** With it no change can be applied rightly: the projector does not begin. */
  readonly blocking: boolean;
}
