/** Makes a started mongod the primary of a one-member replica set with our users in it, whatever of that is there already. */
import { connect } from 'node:net';
import { MongoClient, MongoServerError, type Db, type Document, type MongoClientOptions } from 'mongodb';
import { startTimeoutMs } from './readiness.ts';
import type { StackSecrets } from './secrets.ts';
import { waitFor } from './wait.ts';

export const mongoDatabase = 'readside';
export const replicaSet = 'rs0';
export const rootUser = 'readside_admin';

export interface MongoSetup {
  /** On 127.0.0.1, for clients and for the member itself: it must find itself at the address that the set holds. */
  readonly port: number;
  readonly secrets: StackSecrets;
  /** How it wants to be spoken to. */
  readonly tls?: Pick<MongoClientOptions, 'tls' | 'tlsCAFile'>;
}

export function mongoUrl(port: number, password: string): string {
  return `mongodb://${rootUser}:${password}@127.0.0.1:${port}/${mongoDatabase}?authSource=admin&replicaSet=${replicaSet}`;
}

/**
 * From an empty data folder, from a stop, or after a port change: ends with a primary that has its users. Each step sees what is there already, so
 * all of it is simply tried again when mongod, which does so at each change of its set, closes our connection.
 */
export async function bringUpMongo(setup: MongoSetup, signal: AbortSignal): Promise<void> {
  const wait = { timeoutMs: startTimeoutMs, signal };
  await waitFor('mongod to listen', () => canConnect(setup.port), wait);
  await waitFor(
    'mongod to be a primary with its users',
    async () => (await ensureRoot(setup)) && withAdmin(setup, true, (admin) => ensureRest(admin, setup)),
    wait,
  );
}

async function ensureRest(admin: Db, { port, secrets }: MongoSetup): Promise<boolean> {
  await ensureAddress(admin, port);
  if (!(await isPrimary(admin))) return false;
  await ensureUser(admin, 'readside_projector', secrets.mongoProjector, ['readWrite', 'dbAdmin']);
  await ensureUser(admin, 'readside_reader', secrets.mongoReader, ['read']);
  return true;
}

/** True when the root user can log in. Where there is no user yet, makes the replica set and the root user, a step at each call. */
async function ensureRoot(setup: MongoSetup): Promise<boolean> {
  try {
    return await withAdmin(setup, true, async (admin) => (await admin.command({ ping: 1 }))['ok'] === 1);
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.codeName !== 'AuthenticationFailed') throw error;
  }
  // Without any user MongoDB lets a client on the same machine set it up, once.
  return withAdmin(setup, false, async (admin) => {
    const hello = await admin.command({ hello: 1 });
    if (hello['setName'] === undefined)
      await admin.command({ replSetInitiate: { _id: replicaSet, members: [member(setup.port)] } });
    if (!(await isPrimary(admin))) return false;
    await admin.command({ createUser: rootUser, pwd: setup.secrets.mongoRoot, roles: ['root'] });
    return true;
  });
}

/**
 * The replica set holds its member's address: after a port change the member does not find itself in it, and the set must be told. A container's
 * set-up makes the root user but no set.
 */
async function ensureAddress(admin: Db, port: number): Promise<void> {
  const config = await currentConfig(admin);
  if (config === undefined) {
    await admin.command({ replSetInitiate: { _id: replicaSet, members: [member(port)] } });
    return;
  }
  const members: Document[] = config['members'];
  if (members.length === 1 && members[0]?.['host'] === member(port).host) return;
  await admin.command({
    replSetReconfig: { ...config, version: config['version'] + 1, members: [member(port)] },
    force: true,
  });
}

async function currentConfig(admin: Db): Promise<Document | undefined> {
  try {
    const { config }: Document = await admin.command({ replSetGetConfig: 1 });
    return config;
  } catch (error) {
    if (error instanceof MongoServerError && error.codeName === 'NotYetInitialized') return undefined;
    throw error;
  }
}

function member(port: number): { readonly _id: number; readonly host: string } {
  return { _id: 0, host: `127.0.0.1:${port}` };
}

async function isPrimary(admin: Db): Promise<boolean> {
  return (await admin.command({ hello: 1 }))['isWritablePrimary'] === true;
}

async function ensureUser(admin: Db, user: string, pwd: string, roles: readonly string[]): Promise<void> {
  const { users } = await admin.command({ usersInfo: user });
  if (users.length > 0) return;
  await admin.command({ createUser: user, pwd, roles: roles.map((role) => ({ role, db: mongoDatabase })) });
}

async function withAdmin<T>(
  { port, secrets, tls }: MongoSetup,
  logIn: boolean,
  use: (admin: Db) => Promise<T>,
): Promise<T> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}`, {
    directConnection: true,
    serverSelectionTimeoutMS: 2000,
    ...tls,
    ...(logIn ? { auth: { username: rootUser, password: secrets.mongoRoot } } : {}),
  });
  try {
    await client.connect();
    return await use(client.db('admin'));
  } finally {
    await client.close();
  }
}

/** A plain connection first: the driver waits half a second between its own tries. */
function canConnect(port: number): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', reject);
  });
}
