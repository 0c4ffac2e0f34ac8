/** Exit codes of every verb; scripts may rely on them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  behind: 3,
  interrupted: 130,
} as const;

/** What each says to a person: in --help, and in docs/reference/cli.md. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done',
  failed: 'tried and failed',
  usage: 'wrong arguments or configuration; nothing was tried',
  behind:
    'status: the documents are not up to date, or it is not known whether they are; verify, explain: it cannot be told; plan: there is something to apply; doctor: warnings only',
  interrupted: 'stopped by Ctrl-C, SIGTERM or SIGHUP before it was done',
};

/** An expected failure: one line for a person, one code for a script. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
