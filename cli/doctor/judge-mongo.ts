/** MongoDB: version, clock, and whether it is what transactions and majorities need. Indexes are `readside check`'s. Pure. */
import { checksOf } from './check.ts';
import type { Check } from './check.ts';
import { judgeClock, judgeVersion } from './judge-server.ts';

export interface MongoFacts {
  readonly version: string;
  readonly clockAheadMs: number;
  /** Name of the replica set; null: it is none. A router of shards has none either. */
  readonly set: string | null;
  readonly isRouter: boolean;
  readonly members: number;
  readonly hasPrimary: boolean;
  readonly database: string;
}

const stage = 'mongodb';
const { ok, warning, broken } = checksOf(stage);
const OLDEST = '6.0.0';

export function judgeMongo(facts: MongoFacts, tested: string): readonly Check[] {
  const { version, clockAheadMs, database } = facts;
  return [
    judgeVersion({ name: 'MongoDB', stage, tested, oldest: OLDEST }, version),
    judgeClock(stage, 'MongoDB', clockAheadMs),
    ...judgeSet(facts),
    database === 'test' || database === 'admin'
      ? warning(
          'database',
          `documents go into the database ${database}`,
          'name another one in MONGODB_URL: …/readside',
        )
      : ok('database', `documents are in the database ${database}`),
  ];
}

function judgeSet({ set, isRouter, members, hasPrimary }: MongoFacts): readonly Check[] {
  if (isRouter) return [ok('replica-set', 'it is a router of shards')];
  if (set === null)
    return [
      broken(
        'replica-set',
        'mongod is no member of a replica set: there are no transactions, no majority and no change streams',
        'start it with --replSet, and call rs.initiate() once',
      ),
    ];
  if (!hasPrimary)
    return [
      broken('replica-set', `the replica set ${set} has no primary`, 'bring a majority of its members back'),
    ];
  const text = `the replica set ${set} has ${members} ${members === 1 ? 'member' : 'members'}`;
  return [
    members === 2
      ? warning('replica-set', `${text}: with either away there is no majority`, 'add a third one')
      : ok('replica-set', text),
  ];
}
