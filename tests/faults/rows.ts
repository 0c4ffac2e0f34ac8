/** The table of design §7: the rows that run, in their order, and those that do not, with the reason. */
import type { FaultRow, MissingRow } from '../support/faults/fault-row.ts';
import { connectKilled, killedInCopy } from './rows/connect-rows.ts';
import { credentialsRotated } from './rows/credentials-row.ts';
import { offsetsReset, sentAgain } from './rows/delivery-rows.ts';
import { kafkaDiskFull } from './rows/kafka-disk-row.ts';
import { linksBad, linksCut, wrongClock } from './rows/link-rows.ts';
import { mongoDiskFull, primaryKilled, steppedDown } from './rows/mongo-rows.ts';
import { askedToEnd, joinAndLeave, killedBeforeCommit, zombie } from './rows/projector-rows.ts';
import { keysAndColumns } from './rows/schema-row.ts';
import {
  brokerKilled,
  brokerStopped,
  idleDatabase,
  longTransaction,
  postgresKilled,
} from './rows/server-rows.ts';
import { killedInSnapshot } from './rows/snapshot-row.ts';
import { noSmallDisk } from '../support/faults/small-disk.ts';

/** Why rows 19 and 20 cannot run here; null when they can. */
const NO_DISK = noSmallDisk();
const ON_SMALL_DISKS: readonly FaultRow[] = [mongoDiskFull, kafkaDiskFull];

export const ROWS: readonly FaultRow[] = [
  killedBeforeCommit,
  zombie,
  joinAndLeave,
  askedToEnd,
  connectKilled,
  killedInCopy,
  killedInSnapshot,
  brokerKilled,
  brokerStopped,
  linksCut,
  linksBad,
  offsetsReset,
  sentAgain,
  steppedDown,
  primaryKilled,
  ...(NO_DISK === null ? ON_SMALL_DISKS : []),
  postgresKilled,
  idleDatabase,
  longTransaction,
  keysAndColumns,
  wrongClock,
  credentialsRotated,
];

const NOT_WRITTEN = 'not written yet';

export const MISSING: readonly MissingRow[] = [
  { number: 12, name: 'Topic truncated below the committed offset', reason: NOT_WRITTEN },
  { number: 15, name: 'Poison: bad JSON, null, wrong type, 16 MB, unknown table', reason: NOT_WRITTEN },
  { number: 16, name: 'Quarantine store down while poison arrives', reason: NOT_WRITTEN },
  { number: 22, name: 'Slot dropped', reason: NOT_WRITTEN },
  { number: 23, name: 'Slot lost (tiny max_slot_wal_keep_size)', reason: NOT_WRITTEN },
  { number: 25, name: 'Connector deleted and registered again', reason: NOT_WRITTEN },
  { number: 30, name: 'Rebuild under load, killed half-way', reason: NOT_WRITTEN },
  ...(NO_DISK === null ? [] : ON_SMALL_DISKS.map(({ number, name }) => ({ number, name, reason: NO_DISK }))),
];
