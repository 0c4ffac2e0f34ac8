/** The SQL of the source view, as text: that it gives the same documents is tested on a real Postgres (tests/e2e). */
import { describe, expect, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import { list, map, table } from '../../services/shared/projection/definition.ts';
import { from, integer, json, nullable, text } from '../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import teams from '../fixtures/projections/teams.ts';

const squeeze = (sql: string): string => sql.replaceAll(/\s+/g, ' ');

describe.each([profile, teams])('the view of $name', (projection) => {
  const { sourceView, definition } = projection;
  const sql = squeeze(sourceView.sql);

  test('has a quoted name in readside’s schema and is replaced as a whole', () => {
    expect(sourceView.name).toBe(`"readside"."${projection.name}_source"`);
    expect(sql).toMatch(
      new RegExp(`^DROP VIEW IF EXISTS ${sourceView.name}; CREATE VIEW ${sourceView.name} AS SELECT .*;$`),
    );
  });

  test('names every field and every embedded table', () => {
    const lists = Object.values(definition.embed ?? {}).flatMap((each) =>
      each.kind === 'list' ? Object.keys(each.fields) : [],
    );
    for (const name of [
      ...Object.keys(definition.root.fields),
      ...Object.keys(definition.embed ?? {}),
      ...lists,
    ])
      expect(sql).toContain(` AS "${name}"`);
  });

  test('reads every captured table, each by its quoted name, children by their parent column', () => {
    for (const { table: name } of projection.captured) expect(sql).toContain(`FROM public."${name}" `);
    for (const each of Object.values(definition.embed ?? {}))
      expect(sql).toContain(`FROM public."${each.table}" c WHERE c."${each.parent}" = r."id"`);
  });

  test('has a column a lookup, beside id, document and revision', () => {
    expect(sql).toContain('SELECT r."id" AS id, (SELECT row_to_json(d) FROM (SELECT ');
    expect(sql).toContain(`r."${definition.revision}" AS revision, `);
    for (const { parameter } of projection.lookups) {
      expect(sourceView.lookupColumns[parameter]).toBe(`"lookup_${parameter}"`);
      expect(sql).toContain(` AS "lookup_${parameter}" FROM`.replace(' FROM', ''));
    }
  });
});

test('a list is ordered as the fold orders it: text by code point', () => {
  expect(squeeze(profile.sourceView.sql)).toContain('ORDER BY c."created_at", c."id") e)');
  expect(squeeze(teams.sourceView.sql)).toContain('ORDER BY c."rank", c."handle" COLLATE "C") e)');
});

test('timestamps have six digits in UTC, and decimals are text', () => {
  expect(profile.sourceView.sql).toContain(
    `to_char(r."created_at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "createdAt"`,
  );
  expect(teams.sourceView.sql).toContain(`r."budget"::text AS "budget"`);
});

test('without children there is an empty list or map, and SQL null in json is null', () => {
  expect(squeeze(teams.sourceView.sql)).toMatch(
    /coalesce\(\(SELECT json_agg\(e\) FROM \(.*?\) e\), '\[\]'::json\)/,
  );
  expect(squeeze(teams.sourceView.sql)).toMatch(/coalesce\(\(SELECT json_object_agg\(.*?\), '\{\}'::json\)/);
  expect(teams.sourceView.sql).toContain(`coalesce(r."settings", 'null') AS "settings"`);
});

test('quotes in names cannot leave their place', () => {
  const { sourceView } = defineProjection({
    name: 'odd',
    version: 1,
    stream: 'odd',
    resource: 'odd',
    root: table('o"dd', { key: 'id', fields: { id: from('i"d', text), "it's": nullable(json) } }),
    embed: {
      "l'ist": list('chi"ld', {
        parent: 'par"ent',
        key: 'k',
        orderBy: ['k'],
        fields: { k: from('k"', integer) },
      }),
      'm"ap': map('ma"p', { parent: 'p', key: 'k"ey', value: from('v"', text) }),
    },
  });
  const sql = squeeze(sourceView.sql);
  for (const part of [
    'FROM public."o""dd" r',
    'r."i""d" AS id',
    ` AS "it's"`,
    ` AS "l'ist"`,
    ' AS "m""ap"',
    'FROM public."chi""ld" c WHERE c."par""ent" = r."i""d"',
    'ORDER BY c."k"""',
    'json_object_agg(c."k""ey", c."v""")',
    'null::integer AS revision',
  ])
    expect(sql).toContain(part);
});

test('a name that Postgres would cut is refused', () => {
  const withField = (name: string) => () =>
    defineProjection({
      name: 'long',
      version: 1,
      stream: 'long',
      resource: 'long',
      root: table('long', { key: 'id', fields: { id: text, [name]: from('x', text) } }),
    });
  expect(withField('é'.repeat(31))).not.toThrow();
  expect(withField('é'.repeat(32))).toThrow('has a name of more than 63 bytes');
});
