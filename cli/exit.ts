/** Exit codes of every verb; scripts may rely on them. */
export const EXIT = {
  ok: 0,
  /** It was tried and failed. */
  failed: 1,
  /** Wrong arguments or configuration; nothing was tried. */
  usage: 2,
  /** `status`: the documents are not up to date; `doctor`: warnings only. */
  behind: 3,
  /** Stopped by Ctrl-C before it was done. */
  interrupted: 130,
} as const;

/** An expected failure: one line for a person, one code for a script. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
