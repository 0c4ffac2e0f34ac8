import { fileURLToPath } from 'node:url';

/** The clone's folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
