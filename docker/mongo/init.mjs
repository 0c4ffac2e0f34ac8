/**
 * Makes a started mongod a one-member replica set with the users of projector and read API in it. Run once by docker-compose.yml;
 * doing it again changes nothing but the passwords. The root user is made by the image itself.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';

const DATABASE = 'readside';
const REPLICA_SET = 'rs0';
const DEADLINE_MS = 60_000;
const NOT_YET_INITIALIZED = 94;
const USER_NOT_FOUND = 11;

const names = ['MONGO_HOST', 'MONGO_ROOT_PASSWORD', 'MONGO_PROJECTOR_PASSWORD', 'MONGO_READER_PASSWORD'];
const missing = names.filter((name) => !process.env[name]);
if (missing.length > 0) {
  process.stderr.write(`not set: ${missing.join(', ')}\n`);
  process.exit(2);
}
const [host, rootPassword, projectorPassword, readerPassword] = names.map((name) => process.env[name]);

// Directly: before it has a set, the member cannot be found by the set's name.
const client = new MongoClient(`mongodb://${host}`, {
  directConnection: true,
  auth: { username: 'readside_admin', password: rootPassword },
  serverSelectionTimeoutMS: DEADLINE_MS,
});
try {
  const admin = client.db('admin');
  await ensureSet(admin);
  await untilPrimary(admin);
  await ensureUser(admin, 'readside_projector', projectorPassword, ['readWrite', 'dbAdmin']);
  await ensureUser(admin, 'readside_reader', readerPassword, ['read']);
  process.stdout.write(`replica set ${REPLICA_SET} and its users are ready\n`);
} finally {
  await client.close();
}

async function ensureSet(admin) {
  try {
    await admin.command({ replSetGetConfig: 1 });
  } catch (error) {
    if (error.code !== NOT_YET_INITIALIZED) throw error;
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host }] } });
  }
}

async function untilPrimary(admin) {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await admin.command({ hello: 1 })).isWritablePrimary) {
    if (Date.now() > deadline) throw new Error(`${host} did not become primary`);
    await sleep(200);
  }
}

async function ensureUser(admin, user, pwd, roles) {
  const granted = roles.map((role) => ({ role, db: DATABASE }));
  try {
    await admin.command({ updateUser: user, pwd, roles: granted });
  } catch (error) {
    if (error.code !== USER_NOT_FOUND) throw error;
    await admin.command({ createUser: user, pwd, roles: granted });
  }
}
