/** A document is found in the source by its id, of whatever type the column is that has it: on a real Postgres. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { table } from '../../services/shared/projection/definition.ts';
import { integer, text, uuid } from '../../services/shared/projection/field-types.ts';
import type { FieldType } from '../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import { sourceOf, unknownToSource } from '../../services/shared/verify/source-documents.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const ID = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';
const OTHER = '01936d5e-8d2b-7b41-8a66-1b2c3d4e5f60';

/** Column type → the field's, an id that is there, and ids that are not: of a row that could be, and of none. */
const KEYS: ReadonlyArray<
  readonly [column: string, type: FieldType, id: string, unknown: readonly string[]]
> = [
  ['uuid', uuid, ID, [OTHER, 'no uuid']],
  ['text', uuid, ID, [OTHER, 'no uuid']],
  ['varchar(36)', uuid, ID, [OTHER, 'no uuid']],
  ['uuid', text, ID, [OTHER]],
  ['text', text, 'it’s', ['an other']],
  ['varchar(20)', text, 'it’s', ['an other']],
  ['int4', integer, '7', ['8', '9000000000', 'seven']],
  ['int8', integer, '9000000000', ['8', 'seven']],
];
const projections = KEYS.map(([, type], at) =>
  defineProjection({
    name: `keys${at}`,
    version: 1,
    stream: 'keys',
    resource: `keys${at}`,
    root: table(`keys${at}`, { key: 'id', fields: { id: type } }),
  }),
);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  for (const [at, [column, , id]] of KEYS.entries()) {
    await database.admin.query(`create table keys${at} (id ${column} primary key);
      alter table keys${at} owner to readside_owner;`);
    await database.admin.query(`insert into keys${at} values ($1)`, [id]);
  }
  await installSourceViews(database.adminUrl, projections);
});
afterAll(() => database.drop());

test.each(KEYS.map(([column, { name }, id, unknown], at) => ({ column, name, id, unknown, at })))(
  'a $column as $name',
  async ({ id, unknown, at }) => {
    const projection = projections[at];
    if (!projection) throw new TypeError('no projection');
    const asked = [...unknown, id];
    expect([...(await sourceOf(database.admin, projection, asked)).keys()]).toEqual([id]);
    expect(await unknownToSource(database.admin, projection, asked)).toEqual(unknown);
  },
);
