/** The specification that a planned read model begins with: rows as Debezium sends them, and the document that they make. Pure. */
import { quote } from './definition-text.ts';
import type { PlannedField, PlannedList, PlannedMap, PlannedModel } from './plan.ts';

/** Field type → a value as Debezium sends it, and as the document shows it; both as code. */
const SAMPLES: Readonly<Record<string, readonly [raw: string, served: string]>> = {
  uuid: [`'01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f'`, `'01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f'`],
  integer: ['7', '7'],
  boolean: ['true', 'true'],
  timestamp: [`'2026-11-23T18:00:00.5Z'`, `'2026-11-23T18:00:00.500000Z'`],
  decimal: [`'12.50'`, `'12.50'`],
  json: [`'{"some":"json"}'`, `{ some: 'json' }`],
  text: [`'some text'`, `'some text'`],
};

export function testText({ name, folder, root, embeds }: PlannedModel): string {
  const key = root.fields.find((each) => each.name === root.key);
  const id = sampleOf(key)[1].replaceAll("'", '');
  const variables = embeds.map((each) => ({ each, rows: `${each.name}Row`, changes: `${each.name}Changes` }));
  return `/** What the documents of ${name} are made of. */
import { describe, test } from '@jest/globals';
import ${model(name)} from '../../${folder}projections/${name}.ts';
import { changesOf, specOf } from '../support/given-when-then.ts';

const ID = ${quote(id)};
const { given } = specOf(${model(name)}, ID);
const rootChanges = changesOf(${quote(root.table)}, ID);
const rootRow = {
${rowLines(root.fields)}
};
${variables
  .map(
    ({ each, rows, changes }) => `const ${changes} = changesOf(${quote(each.table)}, ID);
const ${rows} = {
${embedRow(each)}
};
`,
  )
  .join('')}
describe('a document', () => {
  test('is made of its rows', () => {
    given(rootChanges.created(rootRow))
      .when(${variables.map(({ rows, changes }) => `${changes}.created(${rows})`).join(', ')})
      .then({
${servedLines(root.fields, 8)}
${embeds.map((each) => `        ${each.name}: ${embedServed(each)},`).join('\n')}
      });
  });
${variables
  .map(
    ({ each, rows, changes }) => `
  test('loses a row of ${each.table} that is deleted', () => {
    given(rootChanges.created(rootRow), ${changes}.created(${rows}))
      .when(${changes}.deleted(${rows}))
      .thenHas({ ${each.name}: ${each.kind === 'list' ? '[]' : '{}'} });
  });
`,
  )
  .join('')}
  test('is gone with its row', () => {
    given(rootChanges.created(rootRow)).when(rootChanges.deleted(rootRow)).thenDeleted();
  });
});
`.replace('      .when()\n', '      .when(rootChanges.updated(rootRow, rootRow))\n');
}

function model(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

function sampleOf(field: PlannedField | undefined): readonly [raw: string, served: string] {
  return SAMPLES[field?.type ?? 'text'] ?? ['null', 'null'];
}

function rowLines(fields: readonly PlannedField[]): string {
  return fields.map((field) => `  ${field.column}: ${sampleOf(field)[0]},`).join('\n');
}

function servedLines(fields: readonly PlannedField[], indent: number): string {
  return fields.map((field) => `${' '.repeat(indent)}${field.name}: ${sampleOf(field)[1]},`).join('\n');
}

function embedRow(embed: PlannedList | PlannedMap): string {
  if (embed.kind === 'list') return `  ${embed.parent}: ID,\n${rowLines(embed.fields)}`;
  return `  ${embed.parent}: ID,\n  ${embed.key}: 'a key',\n  ${embed.value.column}: ${sampleOf(embed.value)[0]},`;
}

function embedServed(embed: PlannedList | PlannedMap): string {
  if (embed.kind === 'map') return `{ 'a key': ${sampleOf(embed.value)[1]} }`;
  return `[\n          {\n${servedLines(embed.fields, 12)}\n          },\n        ]`;
}
