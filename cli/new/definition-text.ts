/** A planned read model as the file in projections/ that declares it. Pure. */
import { isNamedAlike } from './plan.ts';
import type { PlannedField, PlannedList, PlannedMap, PlannedModel } from './plan.ts';

export function definitionText(model: PlannedModel): string {
  const { name, folder, stream, resource, revision, root, embeds, leftOut } = model;
  const language = `${'../'.repeat(folder.split('/').length)}services/shared/projection`;
  const kinds = [...new Set(['table', ...embeds.map(({ kind }) => kind)])].toSorted();
  const notes = leftOut.map((each) => ` * Left out, for no field type takes it: ${each}.\n`).join('');
  return `/**
 * One document for each row of ${root.table}${embeds.length === 0 ? '' : `, with its ${embeds.map((each) => each.name).join(' and ')}`}.
${notes} */
import { ${kinds.join(', ')} } from '${language}/definition.ts';
import { ${typesOf(model).join(', ')} } from '${language}/field-types.ts';
import { defineProjection } from '${language}/projection.ts';

export default defineProjection({
  name: ${quote(name)},
  version: 1,
  stream: ${quote(stream)},
  resource: ${quote(resource)},
${revision === null ? '' : `  revision: ${quote(revision)},\n`}  root: table(${quote(root.table)}, {
    key: ${quote(root.key)},
    fields: {
${fieldLines(root.fields, 6)}
    },
  }),
${embeds.length === 0 ? '' : `  embed: {\n${embeds.map(embedText).join('\n')}\n  },\n`}});
`;
}

function embedText(embed: PlannedList | PlannedMap): string {
  if (embed.kind === 'map') {
    return `    ${embed.name}: map(${quote(embed.table)}, {
      parent: ${quote(embed.parent)},
      key: ${quote(embed.key)},
      value: ${typeText(embed.value)},
    }),`;
  }
  return `    ${embed.name}: list(${quote(embed.table)}, {
      parent: ${quote(embed.parent)},
      key: ${quote(embed.key)},
      orderBy: [${embed.orderBy.map(quote).join(', ')}],
      fields: {
${fieldLines(embed.fields, 8)}
      },
    }),`;
}

function fieldLines(fields: readonly PlannedField[], indent: number): string {
  return fields
    .map((field) => {
      const type = typeText(field);
      return `${' '.repeat(indent)}${field.name === type ? type : `${field.name}: ${type}`},`;
    })
    .join('\n');
}

function typeText(field: PlannedField): string {
  const type = field.nullable ? `nullable(${field.type})` : field.type;
  return isNamedAlike(field) ? type : `from(${quote(field.column)}, ${type})`;
}

function typesOf({ root, embeds }: PlannedModel): readonly string[] {
  const fields = [
    ...root.fields,
    ...embeds.flatMap((each) => (each.kind === 'list' ? each.fields : [each.value])),
  ];
  const used = fields.flatMap((field) => [
    field.type,
    ...(field.nullable ? ['nullable'] : []),
    ...(isNamedAlike(field) ? [] : ['from']),
  ]);
  return [...new Set(used)].toSorted();
}

export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
