/** The root row of an order, and what of it decides whether a command may run. */
import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import { rootOf } from '../../../../services/write-api/commands/root-row.ts';
import type { RootTarget } from '../../../../services/write-api/commands/root-row.ts';
import type { Made } from './made.ts';
import { Refusal } from './refusal.ts';

export type OrderStatus = 'placed' | 'shipped' | 'delivered' | 'cancelled';

/** Money in the currency's smallest unit. */
export interface OrderFields {
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly currency: string;
  readonly total: number;
  readonly paid: number;
  readonly refunded: number;
  readonly openShipments: number;
  readonly cancelledAt: Date | null;
}

export interface LockedOrder {
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly paid: number;
  readonly refunded: number;
  /** by the clock that the other columns are written by */
  readonly now: Date;
}

const orders = rootOf<OrderFields>({
  table: 'public.orders',
  noun: 'order',
  missing: 'no-such-order',
  columns: {
    customerId: 'customer_id',
    status: 'status',
    currency: 'currency',
    total: 'total',
    paid: 'paid',
    refunded: 'refunded',
    openShipments: 'open_shipments',
    cancelledAt: 'cancelled_at',
  },
});

/** Amounts are far below what a double holds; as bigint they would come as text. */
const READ =
  'customer_id as "customerId", status, paid::float8 as paid, refunded::float8 as refunded, statement_timestamp() as now';

export function lockOrder(client: SqlClient, target: RootTarget): Promise<LockedOrder> {
  return orders.lock<LockedOrder>(client, target, READ);
}

export async function raiseOrder(
  client: SqlClient,
  id: string,
  changes: Partial<OrderFields>,
): Promise<Made> {
  return { kind: 'orders', ...(await orders.raise(client, id, changes)) };
}

export async function insertOrder(client: SqlClient, id: string, order: OrderFields): Promise<Made> {
  return { kind: 'orders', ...(await orders.insert(client, id, order)) };
}

/** `act`: what cannot be done to it. */
export function wrongStatus(status: OrderStatus, act: string): Refusal {
  return new Refusal('wrong-status', `the order is ${status} and cannot be ${act}`);
}
