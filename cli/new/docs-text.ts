/** The page that a planned read model begins with: what is known of it, and what its author must still say. Pure. */
import type { PlannedField, PlannedModel } from './plan.ts';

export function docsText({ name, folder, stream, resource, revision, root, embeds }: PlannedModel): string {
  const rows = [
    ...root.fields.map((field) => row(field.name, root.table, field)),
    ...embeds.flatMap((each) =>
      each.kind === 'list'
        ? each.fields.map((field) => row(`${each.name}[].${field.name}`, each.table, field))
        : [row(`${each.name}.<${each.key}>`, each.table, each.value)],
    ),
  ];
  return `# ${name}

What it is for, and who reads it: to be written.

One document for each row of \`${root.table}\`, at \`GET /${resource}/{id}\`; the definition is [${folder}projections/${name}.ts](../../${folder}projections/${name}.ts). It folds the stream \`${stream}\`${
    revision === null ? '' : `, and a consistency token waits for \`${revision}\``
  }.

| Field | From | Type |
| --- | --- | --- |
${rows.join('\n')}

## Which consistency for which screen

For each screen that shows it: what a reader may see late, what not, and so which way of reading ([concepts](../concepts.md)): to be written.
`;
}

function row(path: string, table: string, { column, type, nullable }: PlannedField): string {
  return `| \`${path}\` | \`${table}.${column}\` | ${type}${nullable ? ' or null' : ''} |`;
}
