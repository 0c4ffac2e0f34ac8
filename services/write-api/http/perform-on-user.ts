import type { Acknowledgement } from '../commands/acknowledgement.ts';
import type { Perform } from './perform.ts';

export interface ToldOfUser {
  erasure?: string;
}
export type PerformOnUser = Perform<Acknowledgement, ToldOfUser>;
