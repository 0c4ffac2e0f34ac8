/** Row 27: what SQL can do to keys and tables, on the live stream. */
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { messageOf } from '../../../stack/errors.ts';
import { faultRow } from '../../support/faults/fault-row.ts';
import { openRunSystem } from '../../support/faults/run-system.ts';
import { addAddress, addPreference, addUser } from '../../support/rows.ts';

const TABLES = ['users', 'addresses', 'preferences'];

export const keysAndColumns = faultRow({
  number: 27,
  name: 'Primary key change, move, TRUNCATE, added and dropped column',
  how: 'Users get another id, addresses another id and another user, preferences another key and another user; TRUNCATE of each table must be refused; a column that no projection knows is added to each table, filled, renamed and dropped.',
  boundMs: 60_000,
  open: openRunSystem,
  inject: async ({ pipeline: { sql } }) => {
    await changedKeys(sql);
    for (const table of TABLES) await refused(sql, `truncate ${table} cascade`);
    for (const table of TABLES)
      await sql.query(`alter table ${table} add column fault_note text default 'x'`);
    await changedKeys(sql);
    for (const table of TABLES)
      await sql.query(`alter table ${table} rename column fault_note to fault_word`);
    await changedKeys(sql);
    for (const table of TABLES) await sql.query(`alter table ${table} drop column fault_word`);
    await changedKeys(sql);
  },
});

async function changedKeys(sql: Pool): Promise<void> {
  const [first, second] = [await addUser(sql), await addUser(sql)];
  const lone = await addUser(sql);
  await sql.query('update users set id = $2 where id = $1', [lone, randomUUID()]);
  const address = await addAddress(sql, first);
  await sql.query('update addresses set user_id = $2 where id = $1', [address, second]);
  await sql.query('update addresses set id = $2 where id = $1', [address, randomUUID()]);
  await addPreference(sql, first, 'before', '{"n": 1}');
  await sql.query("update preferences set key = 'after' where user_id = $1", [first]);
  await sql.query('update preferences set user_id = $2 where user_id = $1', [first, second]);
}

async function refused(sql: Pool, statement: string): Promise<void> {
  try {
    await sql.query(statement);
  } catch (error) {
    if (/truncate/i.test(messageOf(error))) return;
    throw error;
  }
  throw new Error(`not refused: ${statement}`);
}
