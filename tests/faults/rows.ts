/** The table of design §7: the rows that run, in their order, and those that do not, with the reason. */
import type { FaultRow, MissingRow } from '../support/faults/fault-row.ts';
import { connectKilled, killedInCopy } from './rows/connect-rows.ts';
import { offsetsReset, sentAgain } from './rows/delivery-rows.ts';
import { linksBad, linksCut, wrongClock } from './rows/link-rows.ts';
import { askedToEnd, joinAndLeave, killedBeforeCommit, zombie } from './rows/projector-rows.ts';
import {
  brokerKilled,
  brokerStopped,
  idleDatabase,
  longTransaction,
  postgresKilled,
} from './rows/server-rows.ts';

export const ROWS: readonly FaultRow[] = [
  killedBeforeCommit,
  zombie,
  joinAndLeave,
  askedToEnd,
  connectKilled,
  killedInCopy,
  brokerKilled,
  brokerStopped,
  linksCut,
  linksBad,
  offsetsReset,
  sentAgain,
  postgresKilled,
  idleDatabase,
  longTransaction,
  wrongClock,
];

const NOT_WRITTEN = 'not written yet';

export const MISSING: readonly MissingRow[] = [
  { number: 7, name: 'Connect kill -9 in the snapshot', reason: NOT_WRITTEN },
  { number: 12, name: 'Topic truncated below the committed offset', reason: NOT_WRITTEN },
  { number: 15, name: 'Poison: bad JSON, null, wrong type, 16 MB, unknown table', reason: NOT_WRITTEN },
  { number: 16, name: 'Quarantine store down while poison arrives', reason: NOT_WRITTEN },
  { number: 17, name: 'MongoDB step-down ×10 (3 members)', reason: NOT_WRITTEN },
  { number: 18, name: 'MongoDB primary kill -9 (3 members)', reason: NOT_WRITTEN },
  { number: 19, name: 'MongoDB disk full', reason: NOT_WRITTEN },
  { number: 20, name: 'Kafka disk full', reason: NOT_WRITTEN },
  { number: 22, name: 'Slot dropped', reason: NOT_WRITTEN },
  { number: 23, name: 'Slot lost (tiny max_slot_wal_keep_size)', reason: NOT_WRITTEN },
  { number: 25, name: 'Connector deleted and registered again', reason: NOT_WRITTEN },
  { number: 27, name: 'Primary key change, move, TRUNCATE, columns', reason: NOT_WRITTEN },
  { number: 29, name: 'Credentials rotated', reason: NOT_WRITTEN },
  { number: 30, name: 'Rebuild under load, killed half-way', reason: NOT_WRITTEN },
];
