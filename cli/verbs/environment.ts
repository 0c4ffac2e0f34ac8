import type { Application } from '../../services/shared/application.ts';

/** What every verb is handed by main: nothing below reads `process.env`. */
export interface Environment {
  /** The clone's folder. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What every verb has from the program's options. */
export interface GlobalOptions {
  /** Data folder of the local system; absolute. */
  readonly data: string;
  readonly application: Application;
}
