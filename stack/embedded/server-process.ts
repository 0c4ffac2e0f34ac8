/** What differs between the servers; embedded-stack.ts adds what is the same for all (log, run record, events). */
import type { SuperviseOptions } from '../supervisor.ts';

export type ServerProcess = Omit<SuperviseOptions, 'logFile' | 'runDir' | 'onEvent'>;
