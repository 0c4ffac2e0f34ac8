/** docs/reference/config.md: every variable of every service, from the schemas by which they read them (services/<name>/config.ts). */
import { existsSync, readdirSync } from 'node:fs';
import { code, linked, page, sentence, table } from './markdown.ts';

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly default?: string | number | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
}

interface ObjectSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Variable {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

export interface Service {
  readonly name: string;
  readonly variables: readonly Variable[];
}

const SERVICES = new URL('../../../services/', import.meta.url);
const HEAD = ['Variable', 'Type', 'Default', 'Meaning'];

export async function configPage(): Promise<string> {
  const services = await readServices();
  const common = commonOf(services);
  const isOwn = (each: Variable): boolean => !common.has(JSON.stringify(each));
  return page([
    '# Configuration',
    'Made by `npm run docs:write` from the schemas in `services/*/config.ts`.',
    'Each service reads its environment once, names every bad variable at once and then exits with 78. `npm start` sets addresses, `HOST`, `PORT` and `PROJECTION` itself and passes the rest on. What the `readside` command reads is told by [each verb](cli.md).',
    '## Every service',
    tableOf([...common].map((text) => toldOnce(JSON.parse(text) as Variable, services))),
    ...services.flatMap(({ name, variables }) => [`## ${name}`, tableOf(variables.filter(isOwn))]),
  ]);
}

/** In the order of the folders' names. @throws TypeError where a folder with a configuration exports no schema of one. */
export async function readServices(): Promise<readonly Service[]> {
  const names = readdirSync(SERVICES)
    .filter((name) => existsSync(new URL(`${name}/config.ts`, SERVICES)) && name !== 'shared')
    .toSorted();
  const services: Service[] = [];
  // One after the other: jest's loader cannot do with two at once.
  for (const name of names) {
    const exports = (await import(new URL(`${name}/config.ts`, SERVICES).href)) as Record<string, unknown>;
    const schema = Object.values(exports).find(isObjectSchema);
    if (!schema) throw new TypeError(`services/${name}/config.ts exports no schema`);
    services.push({ name, variables: variablesOf(name, schema) });
  }
  return services;
}

function isObjectSchema(value: unknown): value is ObjectSchema {
  return typeof value === 'object' && value !== null && 'properties' in value;
}

function variablesOf(service: string, { properties, required = [] }: ObjectSchema): readonly Variable[] {
  const silent = Object.keys(properties).filter((name) => !properties[name]?.description);
  if (silent.length > 0)
    throw new TypeError(`services/${service}/config.ts: ${silent.join(', ')} without a description`);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    schema,
    isRequired: required.includes(name) && schema.default === undefined,
  }));
}

/** So many services have a variable that it is told once. */
const SEVERAL = 3;

/** Those that are the same in most services, as JSON. */
function commonOf(services: readonly Service[]): ReadonlySet<string> {
  const all = services.flatMap(({ variables }) => variables.map((each) => JSON.stringify(each)));
  return new Set(all.filter((each) => all.filter((other) => other === each).length >= SEVERAL));
}

/** With the services that do not have it. */
function toldOnce(variable: Variable, services: readonly Service[]): Variable {
  const without = services.filter(({ variables }) => !variables.some(({ name }) => name === variable.name));
  const names = without.map(({ name }) => name).join(', ');
  const description = `${variable.schema.description ?? ''}${names && ` (not of ${names})`}`;
  return { ...variable, schema: { ...variable.schema, description } };
}

function tableOf(variables: readonly Variable[]): string {
  const rows = variables.map(({ name, schema, isRequired }) => [
    code(name),
    typeOf(schema),
    isRequired ? '**required**' : (schema.default ?? '') === '' ? '–' : code(String(schema.default)),
    linked(sentence(schema.description ?? '')),
  ]);
  return table(HEAD, rows);
}

function typeOf({ type = 'string', enum: values, minimum, maximum }: Schema): string {
  if (values) return values.map((each) => code(String(each))).join(', ');
  const name = type === 'string' ? 'text' : type === 'integer' ? 'whole number' : type;
  if (minimum !== undefined && maximum !== undefined) return `${name}, ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${name}, ${minimum} or more`;
  return maximum === undefined ? name : `${name}, ${maximum} at most`;
}
