/** The table of design §7: the rows that run, in their order, and those that do not, with the reason. */
import type { FaultRow, MissingRow } from '../support/faults/fault-row.ts';
import { connectKilled, killedInCopy } from './rows/connect-rows.ts';
import { credentialsRotated } from './rows/credentials-row.ts';
import { offsetsReset, sentAgain } from './rows/delivery-rows.ts';
import { kafkaDiskFull } from './rows/kafka-disk-row.ts';
import { linksBad, linksCut, wrongClock } from './rows/link-rows.ts';
import {
  rebuildKilled,
  registeredAgain,
  slotDropped,
  slotLost,
  topicTruncated,
} from './rows/lost-place-rows.ts';
import { mongoDiskFull, primaryKilled, steppedDown } from './rows/mongo-rows.ts';
import { poison, quarantineDown } from './rows/poison-rows.ts';
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
  topicTruncated,
  offsetsReset,
  sentAgain,
  poison,
  quarantineDown,
  steppedDown,
  primaryKilled,
  ...(NO_DISK === null ? ON_SMALL_DISKS : []),
  postgresKilled,
  slotDropped,
  slotLost,
  idleDatabase,
  registeredAgain,
  longTransaction,
  keysAndColumns,
  wrongClock,
  credentialsRotated,
  rebuildKilled,
];

export const MISSING: readonly MissingRow[] =
  NO_DISK === null ? [] : ON_SMALL_DISKS.map(({ number, name }) => ({ number, name, reason: NO_DISK }));
