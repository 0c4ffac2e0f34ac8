/** A write API in this process, on a database of its own: asked without a socket, and looked into by SQL. */
import { pino } from 'pino';
import { createWriteApi } from '../../services/write-api/app.ts';
import { createPool } from '../../services/write-api/database/pool.ts';
import type { PoolSettings } from '../../services/write-api/database/pool.ts';
import { UNPROTECTED } from '../../services/shared/auth/protection.ts';
import type { Protection } from '../../services/shared/auth/protection.ts';
import type { HttpApp } from '../../services/shared/http-app.ts';
import type { CommandAppOptions } from '../../services/write-api/http/command-app.ts';
import { createTestDatabase } from './test-database.ts';
import type { TestDatabase } from './test-database.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  // the shape is what the test is about to check
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
}
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface TestCommandApi {
  readonly app: HttpApp;
  readonly database: TestDatabase;
  /** `body`: a value is sent as JSON, a string as it is. */
  readonly ask: (
    method: Method,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
  /** The rows of a query, with every value as text. */
  readonly rows: (sql: string, ...values: unknown[]) => Promise<readonly Record<string, string | null>[]>;
  readonly close: () => Promise<void>;
}
export interface TestWriteApi extends TestCommandApi {
  /** A new user's id. */
  readonly newUser: (fields?: Readonly<Record<string, unknown>>) => Promise<string>;
}

interface CommandApiSettings extends Partial<PoolSettings> {
  /** of a link to Postgres, to be used in place of its own */
  readonly port?: number;
  readonly protection?: Protection;
}

/** `migrations`: the folder of an application’s; the profile’s where it is left out. */
export async function startCommandApi(
  createApp: (options: CommandAppOptions) => Promise<HttpApp>,
  { port, protection = UNPROTECTED, ...settings }: CommandApiSettings = {},
  migrations?: string,
): Promise<TestCommandApi> {
  const database = await createTestDatabase(migrations === undefined ? {} : { migrations });
  const url = new URL(database.urlOf('writer'));
  if (port !== undefined) url.port = String(port);
  const logger = pino({ level: 'silent' });
  const pool = createPool(
    {
      connectionString: url.href,
      size: 10,
      connectTimeoutMs: 10_000,
      statementTimeoutMs: 10_000,
      lockTimeoutMs: 10_000,
      ...settings,
    },
    logger,
  );
  const app = await createApp({ pool, logger, version: '0.0.0', protection });
  const ask: TestCommandApi['ask'] = async (method, path, body, headers = {}) => {
    const response = await app.inject({
      method,
      url: path,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined
        ? {}
        : { payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    });
    const isJson = String(response.headers['content-type']).includes('json');
    const given = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
    return {
      status: response.statusCode,
      headers: Object.fromEntries(given),
      body: isJson ? response.json() : {},
      text: response.body,
    };
  };
  return {
    app,
    database,
    ask,
    rows: async (sql, ...values) => {
      const { rows } = await database.admin.query<Record<string, string | null>>({
        text: sql,
        values,
        types: { getTypeParser: () => String },
      });
      return rows;
    },
    close: async () => {
      await app.close();
      await pool.end();
      await database.drop();
    },
  };
}

export async function startWriteApi(settings: CommandApiSettings = {}): Promise<TestWriteApi> {
  const api = await startCommandApi(createWriteApi, settings);
  let users = 0;
  return {
    ...api,
    newUser: async (fields = {}) => {
      const user = { email: `user-${++users}@example.com`, fullName: 'Test User', ...fields };
      const { status, body, text } = await api.ask('POST', '/users', user);
      if (status !== 201) throw new Error(`no user made: ${text}`);
      return String(body['id']);
    },
  };
}

export const ADDRESS = { label: 'home', line1: '1 rue de la Paix', city: 'Paris', country: 'FR' };
