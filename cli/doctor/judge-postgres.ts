/** Postgres: version, settings, slots, roles, rights and migrations. Tables, publication and views are `readside check`'s. Pure. */
import { bytesText } from '../../services/shared/health/causes.ts';
import { checksOf } from './check.ts';
import type { Check } from './check.ts';
import { judgeClock, judgeVersion } from './judge-server.ts';

export interface PostgresFacts {
  readonly version: string;
  readonly clockAheadMs: number;
  readonly settings: Readonly<Record<string, string | undefined>>;
  readonly slots: ReadonlyArray<{
    readonly name: string;
    readonly active: boolean;
    readonly walStatus: string | null;
    readonly retainedBytes: number;
  }>;
  readonly senders: number;
  readonly roles: ReadonlyArray<{
    readonly name: string;
    readonly replication: boolean;
    readonly login: boolean;
  }>;
  /** `readside_writer may not INSERT into users` */
  readonly rightsMissing: readonly string[];
  /** null: we may not read which. */
  readonly applied: readonly string[] | null;
}

export interface PostgresWanted {
  readonly tested: string;
  /** Names of the slots of our streams. */
  readonly slots: readonly string[];
  readonly migrations: readonly string[];
}

const stage = 'postgres';
const { ok, warning, broken } = checksOf(stage);
/** uuidv7() is of it. */
const OLDEST = '18.0';
const ROLES = ['readside_owner', 'readside_writer', 'readside_replicator', 'readside_reader'];
const MUCH_BYTES = 1_000_000_000;
const MIGRATE = 'readside migrate';

export function judgePostgres(facts: PostgresFacts, wanted: PostgresWanted): readonly Check[] {
  return [
    judgeVersion({ name: 'Postgres', stage, tested: wanted.tested, oldest: OLDEST }, facts.version),
    judgeClock(stage, 'Postgres', facts.clockAheadMs),
    judgeWalLevel(facts),
    ...judgeLimits(facts),
    judgeKeptWal(facts),
    ...judgeSlots(facts, wanted),
    ...judgeRoles(facts),
    ...judgeMigrations(facts, wanted),
  ];
}

function judgeWalLevel({ settings }: PostgresFacts): Check {
  const level = settings['wal_level'] ?? 'not known';
  return level === 'logical'
    ? ok('wal-level', 'wal_level is logical')
    : broken(
        'wal-level',
        `wal_level is ${level}: no change can be read`,
        'alter system set wal_level = logical, then start Postgres again',
      );
}

function judgeLimits({ settings, slots, senders }: PostgresFacts): readonly Check[] {
  const limits = [
    ['max_replication_slots', 'slots', slots.length],
    ['max_wal_senders', 'WAL senders', senders],
  ] as const;
  return limits.map(([name, what, used]) => {
    const limit = Number(settings[name] ?? 0);
    const text = `${used} of ${limit} ${what} are used (${name})`;
    const code = name.replaceAll('_', '-');
    const remedy = `alter system set ${name} = ${Math.max(16, 2 * limit)}, then start Postgres again`;
    // A connector that is registered again, and a rebuild, need one more for a while.
    return used >= limit ? warning(code, `${text}: none is left`, remedy) : ok(code, text);
  });
}

function judgeKeptWal({ settings }: PostgresFacts): Check {
  const megabytes = Number(settings['max_slot_wal_keep_size'] ?? -1);
  return megabytes < 0
    ? warning(
        'max-slot-wal-keep-size',
        'max_slot_wal_keep_size is without limit: a slot that nobody reads can fill the disk',
        "alter system set max_slot_wal_keep_size = '4GB', then select pg_reload_conf()",
      )
    : ok('max-slot-wal-keep-size', `a slot keeps ${bytesText(megabytes * 1_048_576)} of WAL at most`);
}

function judgeSlots({ slots }: PostgresFacts, { slots: ours }: PostgresWanted): readonly Check[] {
  const left = slots.filter(({ name, active }) => !active && !ours.includes(name));
  const ofUs = left.filter(({ name }) => name.startsWith('readside_'));
  const ofOthers = left.filter((each) => !ofUs.includes(each) && each.retainedBytes > MUCH_BYTES);
  const tell = ({ name, retainedBytes }: (typeof left)[number], whose: string): Check =>
    warning(
      'slots-left',
      `nobody reads the slot ${name}${whose}, which keeps ${bytesText(retainedBytes)} of WAL`,
      `select pg_drop_replication_slot('${name}'), if nobody wants it any more`,
    );
  const found = [
    ...ofUs.map((each) => tell(each, ', of no stream that there is')),
    ...ofOthers.map((each) => tell(each, ' of somebody else')),
  ];
  return found.length === 0 ? [ok('slots-left', 'no slot was left over')] : found;
}

function judgeRoles({ roles, rightsMissing }: PostgresFacts): readonly Check[] {
  const missing = ROLES.filter((name) => !roles.some((each) => each.name === name));
  const locked = roles.filter(({ name, login }) => ROLES.includes(name) && !login);
  const replicator = roles.find(({ name }) => name === 'readside_replicator');
  const found = [
    ...missing.map((name) => broken('roles', `there is no role ${name}`, MIGRATE)),
    ...locked.map(({ name }) => broken('roles', `the role ${name} may not log in`, MIGRATE)),
    ...(replicator?.replication === false
      ? [broken('roles', 'readside_replicator has not the right to replicate', MIGRATE)]
      : []),
  ];
  return [
    ...(found.length === 0 ? [ok('roles', 'the four roles are there')] : found),
    ...(rightsMissing.length === 0
      ? [ok('rights', 'each role may do its work')]
      : rightsMissing.map((text) => broken('rights', text, MIGRATE))),
  ];
}

function judgeMigrations({ applied }: PostgresFacts, { migrations }: PostgresWanted): readonly Check[] {
  if (applied === null)
    return [
      warning(
        'migrations',
        'which migrations were applied cannot be read',
        'run doctor with a DATABASE_URL whose user may read readside.migrations, or readside migrate',
      ),
    ];
  const missing = migrations.filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !migrations.includes(name));
  return [
    missing.length === 0
      ? ok('migrations', `${migrations.length} migrations are applied`)
      : broken(
          'migrations',
          `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not applied`,
          MIGRATE,
        ),
    ...(unknown.length === 0
      ? []
      : [
          warning(
            'migrations',
            `${unknown.join(', ')} ${unknown.length === 1 ? 'is' : 'are'} applied, and not in this code`,
            'run the newer code, which knows them',
          ),
        ]),
  ];
}
