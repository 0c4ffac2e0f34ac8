/** The JSON schema of a served document, for OpenAPI and for clients. */
import type { EmbedDefinition, Fields, ProjectionDefinition } from './definition.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export function compileResponseSchema(definition: ProjectionDefinition): JsonSchema {
  const embeds = Object.entries(definition.embed ?? {}).map(
    ([name, embed]) => [name, embedSchema(embed)] as const,
  );
  const schema = objectOf(definition.root.fields, embeds);
  return { $id: definition.name, title: definition.name, ...schema };
}

function embedSchema(embed: EmbedDefinition): JsonSchema {
  if (embed.kind === 'list') return { type: 'array', items: objectOf(embed.fields, []) };
  return {
    type: 'object',
    additionalProperties: embed.value.schema,
    ...(embed.example && { examples: [embed.example] }),
  };
}

function objectOf(fields: Fields, more: ReadonlyArray<readonly [string, JsonSchema]>): JsonSchema {
  const properties = Object.fromEntries([
    ...Object.entries(fields).map(([name, type]) => [name, type.schema] as const),
    ...more,
  ]);
  return { type: 'object', required: Object.keys(properties), additionalProperties: false, properties };
}
