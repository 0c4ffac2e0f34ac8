/**
 * The acts as arguments of the command. This table is all that can be run: a parameter fits its pattern, an option is joined to its value, and
 * an id stands behind `--`, so that no parameter becomes an option, another file or a second argument. Pure.
 */
import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import type { Act, ActName } from '../../shared/acts.ts';

/** A read model or a stream: a name in projections/, and never the path of a module. */
export const Name = Type.String({
  description: 'of a read model, or of a stream',
  pattern: '^[a-z][a-z0-9_-]{0,62}$',
  examples: ['profile'],
});
/** Of a document: any text that a key can be, on one line. */
export const Id = Type.String({
  description: 'of a document',
  pattern: String.raw`^[^\s\u0000-\u001f\u007f-][^\u0000-\u001f\u007f]{0,254}$`,
  examples: ['01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f'],
});
const Letter = Type.String({ pattern: String.raw`^\d{1,9}:\d{1,18}$` });
const Duration = Type.String({ pattern: String.raw`^[1-9]\d{0,5}[smhd]$` });

const STRICT = { additionalProperties: false } as const;
const OfProjection = Type.Object({ projection: Name }, STRICT);
const OfStream = Type.Object({ stream: Name }, STRICT);
const ofProjection = (more: Readonly<Record<string, TSchema>>): TSchema =>
  Type.Object({ projection: Name, ...more }, STRICT);

const PARAMS: Readonly<Record<ActName, TSchema>> = {
  rebuild: ofProjection({ keepOld: Type.Optional(Duration) }),
  'rebuild-abort': OfProjection,
  rollback: OfProjection,
  'projection-start': OfProjection,
  'projection-stop': OfProjection,
  'projection-pause': OfProjection,
  'projection-resume': OfProjection,
  verify: ofProjection({ all: Type.Optional(Type.Boolean()), repair: Type.Optional(Type.Boolean()) }),
  repair: ofProjection({ id: Id }),
  'connector-restart': OfStream,
  'connector-pause': OfStream,
  'connector-resume': OfStream,
  'dlq-retry': Type.Union([ofProjection({ user: Id }), ofProjection({ all: Type.Literal(true) })]),
  'dlq-discard': ofProjection({ letter: Letter }),
  register: Type.Object({}, STRICT),
};

const CHOICE = {
  type: 'object',
  required: ['act', 'params'],
  properties: { act: { type: 'string', enum: Object.keys(PARAMS) }, params: { type: 'object' } },
  examples: [{ act: 'rebuild', params: { projection: 'profile', keepOld: '1h' } }],
  oneOf: Object.entries(PARAMS).map(([name, params]) =>
    Type.Object({ act: Type.Literal(name), params }, STRICT),
  ),
} as const;

/** Told apart by `act`, so that what is wrong is told of the one that was meant. */
export const ActSchema = Type.Unsafe<Act>({ ...CHOICE, discriminator: { propertyName: 'act' } });
/** The same in OpenAPI, where a discriminator is for schemas that have a name. */
export const ShownActSchema = CHOICE;

export interface Verb {
  readonly args: readonly string[];
  /** What else may not run on the same at the same time; null: nothing minds. */
  readonly lane: string | null;
}

export function verbOf({ act: name, params }: Act): Verb {
  switch (name) {
    case 'rebuild':
      return documents(params, [
        'rebuild',
        ...option('keep-old', params.keepOld),
        '--json',
        '--',
        params.projection,
      ]);
    case 'rebuild-abort':
      return documents(params, ['rebuild', '--abort', '--json', '--', params.projection]);
    case 'rollback':
      return documents(params, ['rollback', '--json', '--', params.projection]);
    case 'projection-start':
    case 'projection-stop':
    case 'projection-pause':
    case 'projection-resume':
      return {
        args: ['projections', name.replace('projection-', ''), '--json', '--', params.projection],
        lane: `whether ${params.projection} runs`,
      };
    case 'verify': {
      const { projection, all = false, repair = false } = params;
      const args = ['verify', ...flag('all', all), ...flag('repair', repair), '--json', '--', projection];
      return repair ? documents(params, args) : { args, lane: `verification of ${projection}` };
    }
    case 'repair':
      return documents(params, [
        'repair',
        ...option('projection', params.projection),
        '--json',
        '--',
        params.id,
      ]);
    case 'connector-restart':
    case 'connector-pause':
    case 'connector-resume':
      return {
        args: ['connectors', name.replace('connector-', ''), '--json', '--', params.stream],
        lane: `connector of ${params.stream}`,
      };
    case 'dlq-retry':
      return letters('retry', params, [...option('user', params.user), ...flag('all', params.all ?? false)]);
    case 'dlq-discard':
      return letters('discard', params, [...option('letter', params.letter), '--yes']);
    case 'register':
      return { args: ['register', '--json'], lane: 'registration' };
  }
}

interface OfProjection {
  readonly projection: string;
}

function documents({ projection }: OfProjection, args: readonly string[]): Verb {
  return { args, lane: `documents of ${projection}` };
}

function letters(verb: string, params: OfProjection, options: readonly string[]): Verb {
  return documents(params, ['dlq', verb, ...option('projection', params.projection), ...options, '--json']);
}

export function option(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [`--${name}=${value}`];
}

function flag(name: string, isSet: boolean): readonly string[] {
  return isSet ? [`--${name}`] : [];
}
