/**
 * Whether a resource is one that Kubernetes would take, by the schema of its kind: types, required fields, and no field that there is not (an
 * API server drops those without a word, unless it is asked to be strict). Rules in CEL and what an admission webhook says are not looked at.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv';
import { at, listAt, parseYaml } from '../support/manifests.ts';
import type { Tree } from '../support/manifests.ts';

/** Formats such as int32 say less than the type beside them. */
const OPTIONS = { strict: false, validateFormats: false, allErrors: true } as const;

/** One line for each thing that is wrong; none when it fits. */
export type Check = (resource: Tree) => readonly string[];

/** `builtin`: the folder of one version of Kubernetes; `definitions`: files of CRDs. @throws Error for a kind without a schema */
export function createCheck(builtin: string, definitions: readonly string[]): Check {
  const own = builtinKinds(builtin);
  const custom = customKinds(definitions);
  return (resource) => {
    const kind = `${String(resource['apiVersion'])} ${String(resource['kind'])}`;
    const validate = custom.get(kind) ?? own(resource);
    if (validate === undefined) throw new Error(`there is no schema of ${kind}`);
    if (validate(resource)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath || '/'} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  };
}

function builtinKinds(folder: string): (resource: Tree) => ValidateFunction | undefined {
  const read = (name: string): Tree => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Tree;
  const ajv = new Ajv2020(OPTIONS);
  ajv.addSchema(read('_definitions.json'));
  const known = new Map<string, ValidateFunction>();
  return ({ apiVersion, kind }) => {
    const [group = '', version] = String(apiVersion).split('/');
    const suffix = version === undefined ? group : `${group.split('.')[0] ?? ''}-${version}`;
    const file = `${String(kind).toLowerCase()}-${suffix}.json`;
    if (!existsSync(join(folder, file))) return undefined;
    const validate = known.get(file) ?? ajv.compile(read(file));
    known.set(file, validate);
    return validate;
  };
}

function customKinds(files: readonly string[]): ReadonlyMap<string, ValidateFunction> {
  const ajv = new Ajv(OPTIONS);
  const definitions = files.flatMap((file) => parseYaml(readFileSync(file, 'utf8')));
  return new Map(
    definitions.flatMap((definition) =>
      listAt(definition, 'spec', 'versions').map((version) => [
        `${String(at(definition, 'spec', 'group'))}/${String(version['name'])} ${String(at(definition, 'spec', 'names', 'kind'))}`,
        ajv.compile(withNothingElse(at(version, 'schema', 'openAPIV3Schema') as Tree)),
      ]),
    ),
  );
}

/** The same schema, in which an object has no field that is not named, where it does not say that it may. */
function withNothingElse(schema: Tree): Tree {
  const inside = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, SCHEMAS_IN[key]?.(value) ?? value]),
  );
  const isClosed =
    schema['properties'] !== undefined &&
    schema['additionalProperties'] === undefined &&
    schema['x-kubernetes-preserve-unknown-fields'] !== true;
  return isClosed ? { ...inside, additionalProperties: false } : inside;
}

/** Keywords of a structural schema that hold schemas of values; those in anyOf and the like add no fields. */
const SCHEMAS_IN: Readonly<Record<string, ((value: unknown) => unknown) | undefined>> = {
  properties: (value) =>
    Object.fromEntries(
      Object.entries(value as Tree).map(([name, each]) => [name, withNothingElse(each as Tree)]),
    ),
  items: (value) => withNothingElse(value as Tree),
  additionalProperties: (value) => (typeof value === 'object' ? withNothingElse(value as Tree) : value),
};
