import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import type { RootTarget } from '../../../../services/write-api/commands/root-row.ts';
import type { Made } from './made.ts';
import { lockOrder, raiseOrder, wrongStatus } from './order-row.ts';
import type { LockedOrder } from './order-row.ts';
import { Refusal, notAnOwnShipment } from './refusal.ts';

export type ShipmentStatus = 'shipped' | 'delivered';

export interface Shipment {
  /** whoever sends the parcel names it, so that it can be told again */
  readonly id: string;
  readonly carrier: string;
  readonly trackingNumber: string | null;
  readonly status: ShipmentStatus;
}

export const MAX_SHIPMENTS = 50;

/** A parcel sets out, is under way, or has arrived. The order is shipped while one is under way, and delivered when all have arrived. */
export async function updateShipping(
  client: SqlClient,
  target: RootTarget,
  shipment: Shipment,
): Promise<Made> {
  const order = await lockOrder(client, target);
  if (order.status === 'cancelled') throw wrongStatus(order.status, 'shipped');
  const known = await statusOfOwn(client, target.id, shipment.id);
  if (known === 'delivered' && shipment.status === 'shipped')
    throw new Refusal('wrong-status', 'the parcel was delivered and cannot be under way again');
  if (known === null) {
    if (order.status === 'delivered') throw wrongStatus(order.status, 'shipped');
    await insertShipment(client, target.id, order, shipment);
  } else await updateShipment(client, shipment);
  const { parcels, underway } = await count(client, target.id);
  if (parcels > MAX_SHIPMENTS)
    throw new Refusal('limit-exceeded', `an order has at most ${MAX_SHIPMENTS} parcels`);
  return raiseOrder(client, target.id, {
    status: underway > 0 ? 'shipped' : 'delivered',
    openShipments: underway,
  });
}

/** null: there is none. @throws Refusal when it is another order's. */
async function statusOfOwn(
  client: SqlClient,
  orderId: string,
  shipmentId: string,
): Promise<ShipmentStatus | null> {
  const { rows } = await client.query<{ order_id: string; status: ShipmentStatus }>(
    'select order_id, status from public.shipments where id = $1',
    [shipmentId],
  );
  const [row] = rows;
  if (row && row.order_id !== orderId) throw notAnOwnShipment();
  return row?.status ?? null;
}

async function insertShipment(
  client: SqlClient,
  orderId: string,
  { customerId }: LockedOrder,
  { id, carrier, trackingNumber, status }: Shipment,
): Promise<void> {
  await client.query(
    `insert into public.shipments (id, order_id, customer_id, carrier, tracking_number, status, shipped_at, delivered_at)
     values ($1, $2, $3, $4, $5, $6, statement_timestamp(), case when $6 = 'delivered' then statement_timestamp() end)`,
    [id, orderId, customerId, carrier, trackingNumber, status],
  );
}

async function updateShipment(
  client: SqlClient,
  { id, carrier, trackingNumber, status }: Shipment,
): Promise<void> {
  await client.query(
    `update public.shipments
     set carrier = $2, tracking_number = $3, status = $4,
         delivered_at = case when $4 = 'delivered' then coalesce(delivered_at, statement_timestamp()) end
     where id = $1`,
    [id, carrier, trackingNumber, status],
  );
}

async function count(
  client: SqlClient,
  orderId: string,
): Promise<{ readonly parcels: number; readonly underway: number }> {
  const { rows } = await client.query<{ parcels: number; underway: number }>(
    `select count(*)::integer as parcels, (count(*) filter (where status = 'shipped'))::integer as underway
     from public.shipments where order_id = $1`,
    [orderId],
  );
  if (!rows[0]) throw new Error('a count without a row');
  return rows[0];
}
