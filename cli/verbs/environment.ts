/** What every verb is handed by main: nothing below reads `process.env`. */
export interface Environment {
  /** The clone's folder. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Options that every verb has from the program. */
export interface GlobalOptions {
  readonly data: string;
}
