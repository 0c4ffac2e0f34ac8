/** A replica set of a test's own: members that are supervised, killed and stepped down. */
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { prepareMongod } from '../../../stack/embedded/mongod.ts';
import { bringUpMongo, mongoDatabase, replicaSet, rootUser } from '../../../stack/mongo-setup.ts';
import { choosePorts } from '../../../stack/ports.ts';
import { runDirOf } from '../../../stack/run-records.ts';
import type { StackSecrets } from '../../../stack/secrets.ts';
import { waitFor } from '../../../stack/wait.ts';
import { startMember, stopAll } from '../members/member.ts';
import type { Member } from '../members/member.ts';
import { runningSystem, stackEndpoints, testDataDir } from '../stack.ts';
import type { MongoUrls } from './read-side.ts';

export interface MongoSet {
  readonly urls: MongoUrls;
  /** The member that is primary now. */
  primary(): Promise<Member>;
  /** Resolves when each member is primary or follows one. */
  whole(): Promise<void>;
  /** The set's admin database, on whoever is primary. */
  readonly admin: Db;
  close(): Promise<void>;
}

const READY_MS = 60_000;

export interface MongoSetSetup {
  /** Exists; each member has a folder in it. */
  readonly dataDir: string;
  readonly count: 1 | 3;
  readonly binary: string;
  readonly secrets: StackSecrets;
  /** Where the members' run records go. */
  readonly runDir: string;
}

/** Of the very mongod that the run uses, with its passwords. */
export function startRunsMongoSet(dataDir: string, count: 1 | 3): Promise<MongoSet> {
  const { secrets } = stackEndpoints();
  const pid = runningSystem().pids.mongod;
  if (pid === null) throw new Error('mongod has no pid');
  const binary = readlinkSync(`/proc/${pid}/exe`);
  return startMongoSet({ dataDir, count, binary, secrets, runDir: runDirOf(testDataDir()) });
}

export async function startMongoSet(setup: MongoSetSetup): Promise<MongoSet> {
  const { dataDir, count, binary, secrets, runDir } = setup;
  const names = Array.from({ length: count }, (_, n) => `member${n}`);
  const chosen = await choosePorts(
    join(dataDir, 'ports.json'),
    Object.fromEntries(names.map((name) => [name, 0])),
    'ephemeral',
    () => undefined,
  );
  const ports = names.map((name) => chosen[name] ?? 0);
  const hosts = ports.map((port) => `127.0.0.1:${port}`);
  const urlOf = (user: string, password: string): string =>
    `mongodb://${user}:${password}@${hosts.join(',')}/${mongoDatabase}?authSource=admin&replicaSet=${replicaSet}`;
  const urls = {
    admin: urlOf(rootUser, secrets.mongoRoot),
    projector: urlOf('readside_projector', secrets.mongoProjector),
    reader: urlOf('readside_reader', secrets.mongoReader),
  };
  const client = new MongoClient(urls.admin, { serverSelectionTimeoutMS: 5000 });
  const members: Member[] = [];
  const close = async (): Promise<void> => {
    await client.close();
    await stopAll(members);
  };
  try {
    for (const [n, port] of ports.entries()) {
      const folder = join(dataDir, names[n] ?? '');
      const prepared = await prepareMongod({ binary, dataDir: folder, port, secrets, env: process.env });
      const first = n === 0;
      let isUp = false;
      members.push(
        startMember({
          ...prepared,
          name: `set-${names[n]}`,
          logFile: join(dataDir, `${names[n]}.log`),
          runDir,
          // Only at its first start: later it would make a set of one member of it again.
          ready: async (signal) => {
            if (first && !isUp) await bringUpMongo({ port, secrets }, signal);
            isUp = true;
          },
        }),
      );
    }
    await members[0]?.ready;
    const admin = client.db('admin');
    if (count > 1) await joinAll(admin, hosts);
    return {
      urls,
      admin,
      primary: async () => {
        const { primary } = await admin.command({ hello: 1 });
        const found = members[hosts.indexOf(String(primary))];
        if (!found) throw new Error(`no member is primary: ${String(primary)}`);
        return found;
      },
      whole: () => allUp(admin),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One by one, as MongoDB wants it: each reconfiguration adds one voting member. */
async function joinAll(admin: Db, hosts: readonly string[]): Promise<void> {
  for (let count = 2; count <= hosts.length; count++) {
    await waitFor(
      `${count} members in the set`,
      async () => {
        const { config } = await admin.command({ replSetGetConfig: 1 });
        await admin.command({
          replSetReconfig: {
            ...config,
            version: Number(config.version) + 1,
            members: hosts.slice(0, count).map((host, _id) => ({ _id, host })),
            settings: { ...config.settings, electionTimeoutMillis: 3000 },
          },
        });
        return true;
      },
      { timeoutMs: READY_MS, intervalMs: 250 },
    );
  }
  await allUp(admin);
}

async function allUp(admin: Db): Promise<void> {
  await waitFor(
    'all members to be up',
    async () => {
      const { members } = await admin.command({ replSetGetStatus: 1 });
      const states = (members as ReadonlyArray<{ readonly stateStr: string }>).map(
        ({ stateStr }) => stateStr,
      );
      return states.every((state) => state === 'PRIMARY' || state === 'SECONDARY');
    },
    { timeoutMs: READY_MS, intervalMs: 250 },
  );
}
