import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import { rootOf } from '../../../../services/write-api/commands/root-row.ts';
import type { RootTarget } from '../../../../services/write-api/commands/root-row.ts';
import type { Made } from './made.ts';

export interface CustomerFields {
  readonly name: string;
  readonly email: string;
}

const customers = rootOf<CustomerFields>({
  table: 'public.customers',
  noun: 'customer',
  missing: 'no-such-customer',
  columns: { name: 'name', email: 'email' },
});

export async function registerCustomer(client: SqlClient, customer: CustomerFields): Promise<Made> {
  return { kind: 'customers', ...(await customers.insert(client, null, customer)) };
}

export async function renameCustomer(client: SqlClient, target: RootTarget, name: string): Promise<Made> {
  await customers.lock(client, target);
  return { kind: 'customers', ...(await customers.raise(client, target.id, { name })) };
}
