/** Connections keep prepared statements, and a migration may change the tables under them. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startWriteApi } from '../support/write-api.ts';
import type { TestWriteApi } from '../support/write-api.ts';

let api: TestWriteApi;
beforeAll(async () => {
  api = await startWriteApi({ size: 2 });
});
afterAll(() => api.close());

test('a statement that does not fit the tables any more is prepared anew, and nobody notices', async () => {
  const id = await api.newUser();
  const put = (value: string): Promise<{ status: number }> =>
    api.ask('PUT', `/users/${id}/preferences/theme`, { value });
  await Promise.all([put('on one connection'), put('and on the other')]);
  await api.database.admin.query('alter table public.preferences alter column key type varchar(200)');
  const after = await Promise.all([put('after'), put('the migration')]);
  expect(after.map(({ status }) => status)).toEqual([200, 200]);
});
