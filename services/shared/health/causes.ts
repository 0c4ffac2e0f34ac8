/**
 * What can be wrong with a pipeline, in words: one place for each message, so that the projector, the CLI and docs/operations.md say the
 * same. A cause says what is the matter (`text`) and what to run (`remedy`). Pure.
 */
import type { Act } from '../acts.ts';

export interface Cause {
  readonly code: CauseCode;
  readonly text: string;
  /** A command, or what else mends it; empty where the text says it. */
  readonly remedy: string;
  /** What a button does of it; absent where no command heals it, or a person has to choose first. */
  readonly act?: Act;
}

/** In the order of the flow: the first one that holds is the one that stops everything behind it. */
export const CAUSE_CODES = [
  'write-api-down',
  'postgres-down',
  'kafka-down',
  'slot-lost',
  'connect-down',
  'connect-starting',
  'connector-absent',
  'slot-absent',
  'connector-failed',
  'connector-held',
  'connector-not-running',
  'slot-inactive',
  'topic-missing',
  'schema-mismatch',
  'topic-made-anew',
  'topic-truncated',
  'projector-stopped',
  'projector-down',
  'rebuild-swaps',
  'projection-paused',
  'projector-superseded',
  'projector-rolled-back',
  'projector-absent',
  'partition-unassigned',
  'partition-stalled',
  'store-down',
  'store-refuses-writes',
  'partition-waits',
  'nothing-proven',
  'nothing-applied',
  'measure-hangs',
  'read-api-down',
] as const;

/** Causes that only a rebuild heals: changes are lost for the stream. */
export const LOST_PLACE: ReadonlySet<CauseCode> = new Set([
  'slot-lost',
  'slot-absent',
  'topic-made-anew',
  'topic-truncated',
]);

/** What does not stop the changes, but must be seen. */
export const WARNING_CODES = [
  'slot-unreserved',
  'slot-retains',
  'replicas-missing',
  'documents-degraded',
  'documents-wrong',
  'snapshot-repeated',
  'definition-not-applied',
] as const;

export type CauseCode = (typeof CAUSE_CODES)[number] | (typeof WARNING_CODES)[number];

/** Of the pipeline, in the order of the flow. */
export const STAGES = ['writeApi', 'postgres', 'connect', 'kafka', 'projector', 'mongod', 'readApi'] as const;

export type Stage = (typeof STAGES)[number];

/** As a person is told of them. */
export const STAGE_NAMES: Readonly<Record<Stage, string>> = {
  writeApi: 'the write API',
  postgres: 'Postgres',
  connect: 'Kafka Connect',
  kafka: 'Kafka',
  projector: 'the projector',
  mongod: 'MongoDB',
  readApi: 'the read API',
};

/** Where it is to be mended. */
const STAGE_OF: Readonly<Record<CauseCode, Stage>> = {
  'write-api-down': 'writeApi',
  'postgres-down': 'postgres',
  'kafka-down': 'kafka',
  'slot-lost': 'postgres',
  'connect-down': 'connect',
  'connect-starting': 'connect',
  'connector-absent': 'connect',
  'slot-absent': 'postgres',
  'connector-failed': 'connect',
  'connector-held': 'connect',
  'connector-not-running': 'connect',
  'slot-inactive': 'connect',
  'topic-missing': 'kafka',
  'schema-mismatch': 'projector',
  'topic-made-anew': 'kafka',
  'topic-truncated': 'kafka',
  'projector-stopped': 'projector',
  'projector-down': 'projector',
  'rebuild-swaps': 'projector',
  'projection-paused': 'projector',
  'projector-superseded': 'projector',
  'projector-rolled-back': 'projector',
  'projector-absent': 'projector',
  'partition-unassigned': 'projector',
  'partition-stalled': 'projector',
  'store-down': 'mongod',
  'store-refuses-writes': 'mongod',
  'partition-waits': 'projector',
  'nothing-proven': 'connect',
  'nothing-applied': 'projector',
  'measure-hangs': 'projector',
  'read-api-down': 'readApi',
  'slot-unreserved': 'postgres',
  'slot-retains': 'postgres',
  'replicas-missing': 'kafka',
  'documents-degraded': 'mongod',
  'documents-wrong': 'mongod',
  'snapshot-repeated': 'mongod',
  'definition-not-applied': 'mongod',
};

export function stageOf({ code }: Pick<Cause, 'code'>): Stage {
  return STAGE_OF[code];
}

const DOWN_CODES = {
  postgres: 'postgres-down',
  mongod: 'store-down',
  kafka: 'kafka-down',
  connect: 'connect-down',
  projector: 'projector-down',
  writeApi: 'write-api-down',
  readApi: 'read-api-down',
} as const;

export type ServerName = keyof typeof DOWN_CODES;

export function serverDown(server: ServerName, why: string): Cause {
  return {
    code: DOWN_CODES[server],
    text: `${server} does not answer: ${why}`,
    remedy: `start ${server}, or mend the way to it; a local one is started again by itself`,
  };
}

/** A projector of the local system that a command has ended. */
export function projectorStopped(projection: string): Cause {
  return {
    code: 'projector-stopped',
    text: `the projector of ${projection} was stopped: changes wait in Kafka`,
    remedy: `readside projections start ${projection}`,
    act: { act: 'projection-start', params: { projection } },
  };
}

export function inOrderOfFlow(causes: readonly Cause[]): readonly Cause[] {
  const order: readonly string[] = [...CAUSE_CODES, ...WARNING_CODES];
  return causes.toSorted((a, b) => order.indexOf(a.code) - order.indexOf(b.code));
}

export function bytesText(count: number): string {
  if (count < 10_000) return `${count} B`;
  if (count < 10_000_000) return `${Math.round(count / 1000)} kB`;
  return `${(count / 1_000_000).toFixed(1)} MB`;
}
