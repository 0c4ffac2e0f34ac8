/** What a generated read model is made of, from tables as the catalog tells them. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { definitionText } from '../../cli/new/definition-text.ts';
import { docsText } from '../../cli/new/docs-text.ts';
import { migrationText } from '../../cli/new/migration-text.ts';
import { camelCase, planModel } from '../../cli/new/plan.ts';
import { testText } from '../../cli/new/test-text.ts';
import { writeFiles } from '../../cli/new/write-files.ts';
import type { ColumnFacts, TableFacts } from '../../cli/new/table-facts.ts';

const column = (name: string, type: string, notNull = true): ColumnFacts => ({ name, type, notNull });
const READY = {
  replicaIdentityFull: true,
  isPublished: true,
  forbidsTruncate: true,
  isReadable: true,
  isOurs: true,
};
const tickets: TableFacts = {
  ...READY,
  table: 'tickets',
  columns: [
    column('id', 'uuid'),
    column('title', 'text'),
    column('price', 'numeric', false),
    column('version', 'int4'),
    column('tags', '_text'),
    column('URL', 'text'),
    column('created_at', 'timestamptz'),
  ],
  primaryKey: ['id'],
  references: [],
};
const notes: TableFacts = {
  ...READY,
  table: 'ticket_notes',
  columns: [
    column('id', 'int8'),
    column('ticket_id', 'uuid'),
    column('body', 'text'),
    column('created_at', 'timestamptz'),
  ],
  primaryKey: ['id'],
  references: [{ column: 'ticket_id', table: 'tickets' }],
};
const labels: TableFacts = {
  ...READY,
  table: 'ticket_labels',
  columns: [column('ticket_id', 'uuid'), column('label', 'text'), column('meaning', 'jsonb', false)],
  primaryKey: ['ticket_id', 'label'],
  references: [{ column: 'ticket_id', table: 'tickets' }],
};
const NAMES = { name: 'tickets', folder: '', stream: 'tickets', resource: 'tickets' };

describe('a definition from the catalog', () => {
  const model = planModel(NAMES, [tickets, notes, labels]);

  test('names each field, its type, and the column where that is called otherwise', () => {
    expect(definitionText(model)).toContain(`  revision: 'version',
  root: table('tickets', {
    key: 'id',
    fields: {
      id: uuid,
      title: text,
      price: nullable(decimal),
      version: integer,
      URL: from('URL', text),
      createdAt: timestamp,
    },
  }),`);
  });

  test('embeds what refers to the root: lists in the order of their making, and maps of text keys', () => {
    expect(definitionText(model)).toContain(`  embed: {
    ticketNotes: list('ticket_notes', {
      parent: 'ticket_id',
      key: 'id',
      orderBy: ['createdAt', 'id'],
      fields: {
        id: integer,
        body: text,
        createdAt: timestamp,
      },
    }),
    ticketLabels: map('ticket_labels', {
      parent: 'ticket_id',
      key: 'label',
      value: from('meaning', nullable(json)),
    }),
  },`);
  });

  test('says what it leaves out', () => {
    expect(model.leftOut).toEqual(['tickets.tags: _text']);
    expect(definitionText(model)).toContain('Left out, for no field type takes it: tickets.tags: _text.');
  });

  test('finds the language, and is found, from the folder of its application', () => {
    const elsewhere = planModel({ ...NAMES, folder: 'examples/help-desk/' }, [tickets]);
    expect(definitionText(elsewhere)).toContain("from '../../../services/shared/projection/definition.ts'");
    expect(definitionText(model)).toContain("from '../services/shared/projection/definition.ts'");
    const place = 'examples/help-desk/projections/tickets.ts';
    expect(testText(elsewhere)).toContain(`from '../../${place}'`);
    expect(docsText(elsewhere)).toContain(`[${place}](../../${place})`);
  });

  test('has a page that tells each field and where it comes from', () => {
    expect(docsText(model)).toContain('| `ticketNotes[].body` | `ticket_notes.body` | text |');
    expect(docsText(model)).toContain('| `ticketLabels.<label>` | `ticket_labels.meaning` | json or null |');
  });

  test.each([
    [
      'a root without a key of one column',
      [{ ...tickets, primaryKey: ['id', 'version'] }],
      'tickets cannot be a root',
    ],
    [
      'a root whose key is of another type',
      [{ ...tickets, primaryKey: ['created_at'] }],
      'tickets cannot be a root',
    ],
    [
      'a table that does not refer to it',
      [tickets, { ...notes, references: [] }],
      'has no foreign key of one column',
    ],
    [
      'a table that refers to it twice',
      [tickets, { ...notes, references: [...notes.references, { column: 'id', table: 'tickets' }] }],
      'has several foreign keys',
    ],
    [
      'a table without a key of its own',
      [tickets, { ...notes, primaryKey: ['ticket_id'] }],
      'ticket_notes cannot be embedded',
    ],
  ])('is refused for %s', (_what, facts, message) => {
    expect(() => planModel(NAMES, facts)).toThrow(message);
  });
});

test('a migration gives the tables what they lack, and none is written where they lack nothing', () => {
  expect(migrationText([tickets, notes])).toBeNull();
  expect(migrationText([tickets, { ...notes, isPublished: false, replicaIdentityFull: false }]))
    .toBe(`-- Up Migration
alter table public."ticket_notes" replica identity full;
alter publication readside add table public."ticket_notes";
`);
  expect(migrationText([{ ...tickets, forbidsTruncate: false, isReadable: false }])).toContain(
    'grant select on public."tickets" to readside_replicator;',
  );
  expect(migrationText([{ ...tickets, table: 'Tickets', isReadable: false }])).toContain(
    'on public."Tickets" to',
  );
});

test.each([
  ['created_at', 'createdAt'],
  ['_hidden__field', 'hiddenField'],
  ['line_2', 'line2'],
  ['$odd.name', 'oddname'],
])('the field of column %s is %s', (name, field) => {
  expect(camelCase(name)).toBe(field);
});

test('files are written all or none: what stands there, or was written before one failed, is as it was', () => {
  const root = mkdtempSync(join(tmpdir(), 'readside-write-'));
  try {
    writeFileSync(join(root, 'blocked'), '');
    const files = ['kept/new/a.ts', 'kept/b.ts', 'blocked/c.ts'].map((path) => ({ path, text: path }));
    mkdirSync(join(root, 'kept'));
    expect(() => writeFiles(root, files)).toThrow(/ENOTDIR|EEXIST/);
    expect(readdirSync(root)).toEqual(['blocked', 'kept']);
    expect(readdirSync(join(root, 'kept'))).toEqual([]);
    const [, second] = files;
    if (second) writeFiles(root, [second]);
    expect(() => writeFiles(root, files.slice(0, 2))).toThrow('nothing was written, for there is kept/b.ts');
    expect(readdirSync(join(root, 'kept'))).toEqual(['b.ts']);
  } finally {
    rmSync(root, { recursive: true });
  }
});
