/** connectors/<stream>.json is what the projections say, holds no secret, and fits the migrations. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { connectorConfig } from '../../connectors/connector-config.ts';
import directory from '../../projections/directory.ts';
import history from '../../projections/history.ts';
import insights from '../../projections/insights.ts';
import profile from '../../projections/profile.ts';
import type { CapturedTable } from '../../services/shared/projection/capture.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { PUBLICATION } from '../../services/shared/stream-names.ts';
import teams from '../fixtures/projections/teams.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const list = (folder: string, ending: string): readonly string[] =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith(ending))
    .toSorted();

const projections: readonly Projection[] = [directory, history, insights, profile];
const streams = [...new Set(projections.map(({ stream }) => stream))];
const capturedOf = (stream: string): readonly CapturedTable[] =>
  projections.filter((each) => each.stream === stream).flatMap((each) => each.captured);

describe('the files', () => {
  test('are made of every projection that there is', async () => {
    const all = list('projections/', '.ts').map(async (name) => {
      const { default: projection } = (await import(new URL(`projections/${name}`, root).href)) as {
        default: Projection;
      };
      return projection.name;
    });
    // A new projection must be added to the list at the head of this file.
    expect(await Promise.all(all)).toEqual(projections.map(({ name }) => name));
  });

  test('are one a stream', () => {
    expect(list('connectors/', '.json')).toEqual(streams.map((stream) => `${stream}.json`).toSorted());
  });

  test.each(streams)('%s.json is what its projections say (npm run connectors:write)', (stream) => {
    const written = `${JSON.stringify(connectorConfig(stream, capturedOf(stream)), null, 2)}\n`;
    expect(read(`connectors/${stream}.json`)).toBe(written);
  });

  test.each(streams)('%s.json holds no secret: the worker’s environment does', (stream) => {
    const config = JSON.parse(read(`connectors/${stream}.json`)) as Record<string, string>;
    const secret = Object.entries(config).filter(([name]) =>
      /^database\.|password|secret|sasl|token/.test(name),
    );
    expect(secret.map(([name]) => name)).toEqual(
      ['hostname', 'port', 'dbname', 'user', 'password', 'sslmode', 'sslrootcert'].map(
        (name) => `database.${name}`,
      ),
    );
    for (const [, value] of secret) expect(value).toMatch(/^\$\{env:READSIDE_PG_[A-Z_]+\}$/);
  });
});

describe('the configuration', () => {
  const config = connectorConfig('profile', profile.captured);

  test('captures every table of the projection, keyed by the document’s id', () => {
    expect(config).toMatchObject({
      'table.include.list': 'public.preferences,public.addresses,public.users',
      'message.key.columns': 'public.users:id;public.addresses:user_id;public.preferences:user_id',
    });
  });

  test('loses nothing in decoding, and skips no operation, so that a TRUNCATE is seen', () => {
    expect(config).toMatchObject({
      'decimal.handling.mode': 'string',
      'time.precision.mode': 'isostring',
      'skipped.operations': 'none',
      'tombstones.on.delete': 'false',
      'value.converter.schemas.enable': 'false',
    });
  });

  test('is exactly once, and keeps the slot moving on an idle database', () => {
    expect(config).toMatchObject({
      'exactly.once.support': 'required',
      'heartbeat.action.query': 'select readside.beat()',
      'publication.autocreate.mode': 'disabled',
    });
    expect(Number(config['heartbeat.interval.ms'])).toBeGreaterThan(0);
  });

  test('defines each transform and each predicate that it names, and names each that it defines', () => {
    for (const kind of ['transforms', 'predicates']) {
      const defined = Object.keys(config).flatMap(
        (name) => new RegExp(`^${kind}\\.([^.]+)\\.`).exec(name)?.[1] ?? [],
      );
      expect([...new Set(defined)].toSorted()).toEqual(config[kind]?.split(',').toSorted());
    }
    const used = Object.entries(config).filter(([name]) => /^transforms\..*\.predicate$/.test(name));
    for (const [, predicate] of used) expect(config['predicates']?.split(',')).toContain(predicate);
  });

  test('routes exactly the captured tables, and takes each one’s key from its own column', () => {
    const topics = ['users', 'addresses', 'preferences', 'orders', 'users2'].map(
      (t) => `profile.public.${t}`,
    );
    const matching = (name: string): readonly string[] =>
      topics.filter((topic) => new RegExp(`^(?:${config[name] ?? ''})$`).test(topic));
    expect(matching('transforms.route.regex')).toEqual(topics.slice(0, 3));
    expect(matching('predicates.has_id.pattern')).toEqual(topics.slice(0, 1));
    expect(matching('predicates.has_user_id.pattern')).toEqual(topics.slice(1, 3));
    expect(config['transforms.route.replacement']).toBe(profile.topic);
    expect(matching('transforms.route.regex')).not.toContain('readside.heartbeat.profile');
  });

  test('takes the key before the tables share a topic', () => {
    expect(config['transforms']?.split(',').at(-1)).toBe('route');
  });
});

describe('several projections on one stream', () => {
  test('add up', () => {
    const config = connectorConfig('both', [...profile.captured, ...teams.captured]);
    expect(config['table.include.list']?.split(',')).toHaveLength(6);
    expect(config['predicates']?.split(',')).toEqual(['has_id', 'has_user_id', 'has_team', 'has_of_team']);
    expect(config['predicates.has_id.pattern']).toBe('both\\.public\\.(users|teams)');
  });

  test('may share a table under the same key, and not under another', () => {
    expect(connectorConfig('s', [...profile.captured, ...profile.captured])).toEqual(
      connectorConfig('s', profile.captured),
    );
    expect(() =>
      connectorConfig('s', [...profile.captured, { table: 'addresses', keyColumn: 'id' }]),
    ).toThrow('stream s: addresses is keyed by user_id and by id');
  });
});

describe('the migrations', () => {
  const sql = ['services/shared/foundation/migrations/', 'migrations/']
    .flatMap((folder) => list(folder, '.sql').map((name) => read(`${folder}${name}`)))
    .join('\n')
    .replaceAll(/--.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .toLowerCase();
  // Several may read the same table.
  const all = projections.flatMap((each) => each.captured);
  const captured = [...new Map(all.map((each) => [each.table, each])).values()];
  const published = /create publication (\w+) for table ([^;]+);/.exec(sql);
  const added = /alter publication \w+ add table ([^;]+);/.exec(sql);
  const tableOf = (name: string): string =>
    new RegExp(`create table public\\.${name} \\((.*?)\\);`).exec(sql)?.[1] ?? '';

  test('publish each captured table, under the name that the connector asks for, and the heartbeat', () => {
    expect(published?.[1]).toBe(PUBLICATION);
    const tables = [published, added].flatMap((found) => found?.at(-1)?.split(', ') ?? []);
    expect(tables.toSorted()).toEqual(
      [...captured.map(({ table }) => `public.${table}`), 'readside.heartbeat'].toSorted(),
    );
  });

  test.each(captured.map(({ table }) => table))(
    '%s sends its whole old row (REPLICA IDENTITY FULL)',
    (table) => {
      expect(sql).toContain(`alter table public.${table} replica identity full;`);
    },
  );

  test.each(captured.map(({ table, keyColumn }) => [table, keyColumn]))(
    '%s.%s cannot be null',
    (table, column) => {
      expect(tableOf(table ?? '')).toMatch(new RegExp(`\\b${column} \\w+ not null`));
    },
  );

  test.each(captured.map(({ table }) => table))(
    '%s cannot be truncated, not even by a replica session',
    (table) => {
      expect(sql).toContain(`create trigger forbid_truncate before truncate on public.${table} `);
      expect(sql).toContain(`alter table public.${table} enable always trigger forbid_truncate;`);
    },
  );

  test('have every column that the projection reads, not null where the projection says so', () => {
    const { root: users, embed = {} } = profile.definition;
    const rows = [
      [users.table, users.fields] as const,
      ...Object.values(embed).flatMap((each) =>
        each.kind === 'list' ? [[each.table, each.fields] as const] : [],
      ),
    ];
    for (const [table, fields] of rows) {
      for (const [name, type] of Object.entries(fields)) {
        const column = type.column ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
        const declared = tableOf(table)
          .split(/,(?![^()]*\))/)
          .map((each) => each.trim())
          .find((each) => each.startsWith(`${column} `));
        const allowsNull = !declared?.includes('not null');
        expect([table, column, declared !== undefined, allowsNull && !type.nullable]).toEqual([
          table,
          column,
          true,
          false,
        ]);
      }
    }
  });
});
