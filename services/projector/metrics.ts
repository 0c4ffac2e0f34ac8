import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

export interface ProjectorMetrics {
  readonly changes: Counter;
  readonly batches: Counter;
  readonly conflicts: Counter;
  readonly retries: Counter;
  readonly splits: Counter;
  readonly lagEvents: Gauge;
  readonly lagSeconds: Gauge;
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
  };
}
