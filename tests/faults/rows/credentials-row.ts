/** Row 29: passwords changed while everything runs. */
import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { withUser } from '../../../cli/local/services.ts';
import { faultRow } from '../../support/faults/fault-row.ts';
import { openReadSide } from '../../support/faults/read-side.ts';
import type { ReadSide } from '../../support/faults/read-side.ts';
import { stackEndpoints } from '../../support/stack.ts';

const PROJECTOR = 'fault_projector';
const READER = 'fault_reader';
const ROLE = 'readside_fault_reader';

type Passwords = Readonly<Record<'projector' | 'reader' | 'role', string>>;

interface RotatingSide extends ReadSide {
  readonly mongo: MongoClient;
}

/** A read side whose accounts are its own, so that changing them locks nobody else out. */
async function openRotatingSide(): Promise<RotatingSide> {
  const { mongoUrl, postgresUrl } = stackEndpoints();
  const mongo = await new MongoClient(mongoUrl).connect();
  const passwords = newPasswords();
  const admin = mongo.db('admin');
  for (const [user, pwd, roles] of [
    [PROJECTOR, passwords.projector, ['readWrite', 'dbAdmin']],
    [READER, passwords.reader, ['read']],
  ] as const)
    await admin.command({
      createUser: user,
      pwd,
      roles: roles.map((role) => ({ role, db: mongo.db().databaseName })),
    });
  const urls = urlsFor(passwords);
  const side = await openReadSide({
    mongo: { admin: mongoUrl, projector: urls.MONGODB_URL, reader: urls.readerUrl },
    close: async () => {
      for (const user of [PROJECTOR, READER]) await admin.command({ dropUser: user });
      await mongo.close();
    },
  });
  await side.pipeline.sql.query(
    `create role ${ROLE} login password '${passwords.role}' in role readside_reader`,
  );
  await side.stopProjectors();
  await side.startProjectors({ DATABASE_URL: withUser(postgresUrl, ROLE, passwords.role) });
  return {
    ...side,
    mongo,
    close: async () => {
      await side.stopProjectors();
      await side.pipeline.sql.query(`drop role if exists ${ROLE}`);
      await side.close();
    },
  };
}

export const credentialsRotated = faultRow({
  number: 29,
  name: 'Credentials rotated',
  how: 'The passwords of a projector’s and a read API’s accounts in MongoDB and Postgres are changed while they run; the projector is killed and comes up again and again with the old ones, until both are restarted with the new ones. The connector’s and the write API’s passwords are not changed.',
  boundMs: 60_000,
  open: openRotatingSide,
  inject: async (side) => {
    const passwords = newPasswords();
    const admin = side.mongo.db('admin');
    await admin.command({ updateUser: PROJECTOR, pwd: passwords.projector });
    await admin.command({ updateUser: READER, pwd: passwords.reader });
    await side.pipeline.sql.query(`alter role ${ROLE} password '${passwords.role}'`);
    const pid = side.projector(0).pid();
    if (pid !== null) process.kill(pid, 'SIGKILL');
    const { MONGODB_URL, DATABASE_URL, readerUrl } = urlsFor(passwords);
    await side.restartReadApi({ MONGODB_URL: readerUrl });
    await side.stopProjectors();
    await side.startProjectors({ MONGODB_URL, DATABASE_URL });
  },
});

function newPasswords(): Passwords {
  const one = (): string => randomBytes(12).toString('hex');
  return { projector: one(), reader: one(), role: one() };
}

function urlsFor(
  passwords: Passwords,
): Readonly<Record<'MONGODB_URL' | 'DATABASE_URL' | 'readerUrl', string>> {
  const { mongoUrl, postgresUrl } = stackEndpoints();
  return {
    MONGODB_URL: withUser(mongoUrl, PROJECTOR, passwords.projector),
    readerUrl: withUser(mongoUrl, READER, passwords.reader),
    DATABASE_URL: withUser(postgresUrl, ROLE, passwords.role),
  };
}
