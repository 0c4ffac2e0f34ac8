/** How a field's value is written in a path or a query: its schema there, and its one form as documents hold it. */
import type { TimeSpan } from '../../shared/projection/definition.ts';
import type { FieldType } from '../../shared/projection/field-types.ts';
import { exampleOf } from './example.ts';
import type { ParameterValue } from '../readers/reader.ts';

export interface ParameterType {
  /** values are coerced to it from text */
  readonly schema: Readonly<Record<string, unknown>>;
  normalise(value: ParameterValue): ParameterValue;
}

const asIs = (value: ParameterValue): ParameterValue => value;

const TYPES: Readonly<Record<string, ParameterType>> = {
  text: { schema: { type: 'string' }, normalise: asIs },
  uuid: {
    schema: {
      type: 'string',
      // Not format: uuid, which takes urn:uuid: too.
      pattern: '^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$',
    },
    normalise: (value) => String(value).toLowerCase(),
  },
  integer: {
    schema: { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
    normalise: asIs,
  },
  boolean: { schema: { type: 'boolean' }, normalise: asIs },
  timestamp: {
    schema: {
      type: 'string',
      pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?Z$',
    },
    normalise: (value) => {
      const [seconds = '', fraction = ''] = String(value).slice(0, -1).split('.');
      return `${seconds}.${fraction.padEnd(6, '0')}Z`;
    },
  },
  decimal: { schema: { type: 'string', pattern: '^-?[0-9]+(?:\\.[0-9]+)?$' }, normalise: asIs },
};

/** As far as the text of a timestamp goes. */
export const SPAN_TYPES: Readonly<Record<TimeSpan, ParameterType>> = {
  month: spanType('^\\d{4}-\\d\\d$', '2026-11'),
  day: spanType('^\\d{4}-\\d\\d-\\d\\d$', '2026-11-26'),
  hour: spanType('^\\d{4}-\\d\\d-\\d\\dT\\d\\d$', '2026-11-26T18'),
  minute: spanType('^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d$', '2026-11-26T18:30'),
};

function spanType(pattern: string, example: string): ParameterType {
  return { schema: { type: 'string', pattern, examples: [example] }, normalise: asIs };
}

/** One entry of a map. */
export const ENTRY_TYPE: ParameterType = {
  schema: { type: 'string', pattern: '^[^:]+:', examples: ['theme:dark'] },
  normalise: asIs,
};

/** @throws TypeError for a field that nothing can be looked up by. */
export function parameterType(field: FieldType | undefined, name: string): ParameterType {
  const type = field && TYPES[field.name];
  if (!type) throw new TypeError(`${name} cannot be a parameter: its type is ${field?.name ?? 'unknown'}`);
  return { ...type, schema: { ...type.schema, examples: [exampleOf(field.schema)] } };
}

/** Of the key: documents are stored under its text, so an integer keeps one spelling. */
export function keyType(field: FieldType | undefined, name: string): ParameterType {
  const type = parameterType(field, name);
  if (field?.name !== 'integer') return type;
  return {
    schema: { type: 'string', pattern: '^(?:0|-?[1-9]\\d{0,18})$', examples: ['7'] },
    normalise: asIs,
  };
}
