/** A value that fits a schema, for the examples in OpenAPI: the one that it gives, else one that is made from it. */
import type { JsonSchema } from '../../shared/projection/response-schema.ts';

const BY_FORMAT: Readonly<Record<string, string>> = {
  uuid: '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f',
  'date-time': '2026-11-23T18:00:00.123456Z',
  date: '2026-11-23',
};

export function exampleOf(schema: unknown): unknown {
  if (!isObject(schema)) return null;
  const { examples } = schema;
  if (Array.isArray(examples)) return examples[0];
  const types: readonly unknown[] = [schema['type']].flat();
  switch (types[0]) {
    case 'string':
      return BY_FORMAT[String(schema['format'])] ?? (schema['pattern'] === undefined ? 'text' : '12.50');
    case 'integer':
      return 7;
    case 'number':
      return 0.25;
    case 'boolean':
      return true;
    case 'array':
      return [exampleOf(schema['items'])];
    case 'object': {
      const properties = isObject(schema['properties']) ? schema['properties'] : {};
      return Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, exampleOf(each)]));
    }
    default:
      return null; // any JSON value
  }
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}
