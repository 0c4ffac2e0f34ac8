/** The bank's write API in this process, on a database of its own, with what its tests do over and over. */
import { fileURLToPath } from 'node:url';
import { createBankingApi } from '../../../examples/banking/write-api/app.ts';
import type { Protection } from '../../../services/shared/auth/protection.ts';
import type { PoolSettings } from '../../../services/write-api/database/pool.ts';
import { startCommandApi } from '../../support/write-api.ts';
import type { Answer, TestCommandApi } from '../../support/write-api.ts';

export interface TestBankingApi extends TestCommandApi {
  /** A new account's id; `balance` is paid in. */
  readonly newAccount: (balance?: number, currency?: string) => Promise<string>;
  readonly deposit: (
    id: string,
    money?: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
  readonly withdraw: (
    id: string,
    money?: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
  readonly transfer: (
    from: string,
    to: string,
    money?: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
  readonly balanceOf: (id: string) => Promise<number>;
}

const MIGRATIONS = fileURLToPath(new URL('../../../examples/banking/migrations', import.meta.url));
export const MONEY = { amount: 100, currency: 'EUR' };

export async function startBankingApi(
  settings: Partial<PoolSettings> & { readonly protection?: Protection } = {},
): Promise<TestBankingApi> {
  const api = await startCommandApi(createBankingApi, settings, MIGRATIONS);
  const deposit: TestBankingApi['deposit'] = (id, money, headers) =>
    api.ask('POST', `/accounts/${id}/deposits`, { ...MONEY, ...money }, headers);
  return {
    ...api,
    newAccount: async (balance = 0, currency = 'EUR') => {
      const { status, body, text } = await api.ask('POST', '/accounts', { owner: 'Ada Lovelace', currency });
      if (status !== 201) throw new Error(`no account made: ${text}`);
      const id = String(body['id']);
      if (balance > 0) await deposit(id, { amount: balance, currency });
      return id;
    },
    deposit,
    withdraw: (id, money, headers) =>
      api.ask('POST', `/accounts/${id}/withdrawals`, { ...MONEY, ...money }, headers),
    transfer: (from, to, money, headers) =>
      api.ask('POST', `/accounts/${from}/transfers`, { to, ...MONEY, ...money }, headers),
    balanceOf: async (id) => {
      const [newest] = await api.rows(
        `select message_data ->> 'balanceAfter' as balance from emt_messages
         where stream_id = $1 order by stream_position desc limit 1`,
        id,
      );
      return Number(newest?.['balance'] ?? Number.NaN);
    },
  };
}
