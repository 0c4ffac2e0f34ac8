/** Where the cluster with members keeps its data, run records and logs: in the clone, so that the next run finds what this one left. */
import { fileURLToPath } from 'node:url';

export const MEMBERS_DIR = fileURLToPath(new URL('../../../.readside/members', import.meta.url));
