import type { Db } from 'mongodb';
import type { MongoFacts } from './judge-mongo.ts';

interface Hello {
  readonly setName?: string;
  readonly msg?: string;
  readonly hosts?: readonly string[];
  readonly primary?: string;
  readonly isWritablePrimary: boolean;
  readonly localTime: Date;
}

export async function askMongo(db: Db): Promise<MongoFacts> {
  const asked = Date.now();
  const hello = (await db.command({ hello: 1 })) as Hello;
  const clockAheadMs = hello.localTime.getTime() - (asked + Date.now()) / 2;
  const { version } = (await db.command({ buildInfo: 1 })) as { readonly version: string };
  return {
    version,
    clockAheadMs,
    set: hello.setName ?? null,
    isRouter: hello.msg === 'isdbgrid',
    members: hello.hosts?.length ?? 0,
    hasPrimary: hello.isWritablePrimary || hello.primary !== undefined,
    database: db.databaseName,
  };
}
