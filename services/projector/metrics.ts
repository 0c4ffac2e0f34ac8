import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

export interface ProjectorMetrics {
  readonly changes: Counter;
  readonly batches: Counter;
  readonly conflicts: Counter;
  readonly retries: Counter;
  readonly splits: Counter;
  readonly quarantined: Counter;
  readonly skipped: Counter<'reason'>;
  readonly refilled: Counter;
  readonly reachesPending: Gauge;
  readonly staleness: Histogram;
  readonly lagEvents: Gauge;
  readonly lagSeconds: Gauge;
  readonly slotBytes: Gauge;
  readonly health: Gauge<'state'>;
  readonly connectorRestarts: Counter;
}

export function createProjectorMetrics(registry: Registry): ProjectorMetrics {
  const registers = [registry];
  return {
    changes: new Counter({
      name: 'readside_changes_total',
      help: 'Change events applied, redelivered ones among them',
      registers,
    }),
    batches: new Counter({
      name: 'readside_batches_total',
      help: 'Batches applied and acknowledged by a majority',
      registers,
    }),
    conflicts: new Counter({
      name: 'readside_conflicts_total',
      help: 'Saves refused by the fence and folded again',
      registers,
    }),
    retries: new Counter({
      name: 'readside_retries_total',
      help: 'Batches tried again after a passing failure of MongoDB',
      registers,
    }),
    splits: new Counter({
      name: 'readside_split_transactions_total',
      help: 'Transactions that went on after their first part was applied, so that a reader may have seen them in part',
      registers,
    }),
    quarantined: new Counter({
      name: 'readside_quarantined_changes_total',
      help: 'Change events put into the dead letters, redelivered ones not',
      registers,
    }),
    skipped: new Counter({
      name: 'readside_changes_skipped_total',
      help: 'Change events that this projection has no use for',
      labelNames: ['reason'],
      registers,
    }),
    refilled: new Counter({
      name: 'readside_refilled_documents_total',
      help: 'Documents saved anew because a row that they copy from had changed',
      registers,
    }),
    reachesPending: new Gauge({
      name: 'readside_reaches_pending',
      help: 'Changed rows that not all documents which copy from them show yet',
      registers,
    }),
    staleness: new Histogram({
      name: 'readside_staleness_seconds',
      help: 'Time from the commit of a document’s latest change until a majority held the document, in seconds; copied rows not',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600],
      registers,
    }),
    lagEvents: new Gauge({
      name: 'readside_lag_events',
      help: 'Change events in Kafka that the consumer group has not committed',
      registers,
    }),
    lagSeconds: new Gauge({
      name: 'readside_lag_seconds',
      help: 'Age of the oldest committed change that is not in the documents',
      registers,
    }),
    slotBytes: new Gauge({
      name: 'readside_slot_retained_bytes',
      help: 'WAL that Postgres keeps for the replication slot',
      registers,
    }),
    health: new Gauge({
      name: 'readside_health',
      help: '1 for the state that the pipeline is in, 0 for the others',
      labelNames: ['state'],
      registers,
    }),
    connectorRestarts: new Counter({
      name: 'readside_connector_restarts_total',
      help: 'Times that this projector started the failed connector again',
      registers,
    }),
  };
}
