/** docs/reference/http.md: every route of every API, from the OpenAPI documents that they serve themselves. */
import { openapiDocuments } from '../openapi-documents.ts';
import { readServices } from './config-page.ts';
import type { Service } from './config-page.ts';
import { code, fence, page, plain, sentence, table } from './markdown.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly default?: string | number | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly examples?: readonly unknown[];
}
interface Example {
  readonly summary?: string;
  readonly value: unknown;
}
interface Shown {
  readonly description?: string;
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, Example>>;
}
interface Parameter extends Shown {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
}
interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Shown>>;
  readonly content?: Readonly<Record<string, Shown>>;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly security?: ReadonlyArray<Readonly<Record<string, readonly string[]>>>;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Shown>> };
  readonly responses: Readonly<Record<string, Answer>>;
}
interface OpenApi {
  readonly info: { readonly title: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export async function httpPage(): Promise<string> {
  const documents = Object.entries(await openapiDocuments());
  const services = await readServices();
  return page([
    '# HTTP',
    'Made by `npm run docs:write` from the OpenAPI 3.1 documents that the services serve at `/openapi.json`; `/docs` shows the same with every schema. `$TOKEN` is a token ([security](../security.md#tokens)); a service that takes none needs no such header.',
    ...documents.flatMap(([name, document]) =>
      apiSections(document as unknown as OpenApi, addressOf(name, services)),
    ),
  ]);
}

/** So many routes have a parameter that it is told once, above them. */
const SEVERAL = 3;

/** Where it listens by default. */
function addressOf(name: string, services: readonly Service[]): string {
  const variables = services.find((each) => each.name === name)?.variables ?? [];
  const valueOf = (wanted: string): unknown => variables.find((each) => each.name === wanted)?.schema.default;
  return `http://${String(valueOf('HOST'))}:${String(valueOf('PORT'))}`;
}

function apiSections(api: OpenApi, address: string): readonly string[] {
  const routes = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
  );
  const title = api.info.title.replace(/^Readside /, '');
  const common = commonParameters(routes);
  const problems = problemsOf(routes);
  const everywhere = [...problems.values()].filter(({ on }) => on.size === routes.length);
  return [
    `## ${sentence(title)}`,
    plain(api.info.description ?? ''),
    `### Every route of the ${title}`,
    parameterTable(common),
    headerTable(routes),
    `Every route can refuse with ${listed(everywhere)}.`,
    ...routes.flatMap((route) => routeSection(route, address, common, [...problems.values()], everywhere)),
  ];
}

function routeSection(
  { method, path, operation }: Route,
  address: string,
  common: readonly Parameter[],
  problems: readonly Problem[],
  everywhere: readonly Problem[],
): readonly string[] {
  const { parameters = [], summary, description, security = [], operationId, responses } = operation;
  const isCommon = (one: Parameter): boolean => common.some((each) => isSame(each, one));
  const scopes = security.flatMap((each) => Object.values(each).flat()).map(code);
  const also = parameters.filter(isCommon).map(({ name }) => code(name));
  const own = problems.filter((each) => each.on.has(operationId) && !everywhere.includes(each));
  const good = Object.entries(responses).filter(([status]) => Number(status) < 400);
  return [
    `### ${method.toUpperCase()} ${path}`,
    `${summary}.${scopes.length > 0 ? ` Scope ${scopes.join(', ')}.` : ''}`,
    plain(sentence(description ?? '')),
    parameterTable(parameters.filter((each) => !isCommon(each))),
    also.length > 0 ? `Also takes ${also.join(', ')}.` : '',
    fence('sh', requestOf(method, `${address}${path}`, operation)),
    ...good.map(([status, answer]) => answerOf(status, answer)),
    own.length > 0 ? `Refusals: ${listed(own)}.` : '',
  ];
}

function requestOf(
  method: string,
  url: string,
  { parameters = [], requestBody, security }: Operation,
): string {
  const filled = url.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    const found = parameters.find((each) => each.in === 'path' && each.name === name);
    return String(found ? exampleOf(found) : name);
  });
  const body = Object.entries(requestBody?.content ?? {})[0];
  return [
    `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} '${filled}'`,
    ...(security ? ['-H "authorization: Bearer $TOKEN"'] : []),
    ...(body ? [`-H 'content-type: ${body[0]}'`, `-d '${JSON.stringify(exampleOf(body[1]))}'`] : []),
  ].join(' \\\n  ');
}

function answerOf(status: string, { description, content = {} }: Answer): string {
  const [type, shown] = Object.entries(content)[0] ?? [];
  const example = shown && exampleOf(shown);
  const told = `**${status}** ${description}`;
  if (example === undefined) return `${told}.`;
  const text = typeof example === 'string' ? example : JSON.stringify(example, null, 2);
  return `${told}:\n\n${fence(type?.includes('json') ? 'json' : 'text', text)}`;
}

function exampleOf({ example, examples, schema }: Shown): unknown {
  return example ?? Object.values(examples ?? {})[0]?.value ?? schema?.examples?.[0];
}

/** Those that mean the same on several routes. */
function commonParameters(routes: readonly Route[]): readonly Parameter[] {
  const all = routes.flatMap(({ operation }) => operation.parameters ?? []);
  const first = all.filter((each, at) => all.findIndex((other) => isSame(each, other)) === at);
  return first.filter(
    (each) => each.in !== 'path' && all.filter((other) => isSame(each, other)).length >= SEVERAL,
  );
}

function isSame(one: Parameter, other: Parameter): boolean {
  return one.in === other.in && one.name === other.name && one.description === other.description;
}

function parameterTable(parameters: readonly Parameter[]): string {
  const rows = parameters.map((each) => [
    code(each.name),
    each.required === true ? `${each.in}, needed` : each.in,
    typeOf(each.schema ?? {}),
    sentence(each.description ?? ''),
  ]);
  return table(['Parameter', 'In', 'Type', 'Meaning'], rows);
}

function typeOf({
  type = 'any',
  format,
  enum: values,
  default: byDefault,
  minimum,
  maximum,
}: Schema): string {
  const name = values
    ? values.map((each) => code(String(each))).join(', ')
    : [type, format ?? []]
        .flat()
        .filter((each) => each !== 'null')
        .join(', ');
  const bounds = minimum === undefined || maximum === undefined ? '' : `, ${minimum} to ${maximum}`;
  return `${name}${bounds}${byDefault === undefined ? '' : ` (${code(String(byDefault))})`}`;
}

/** Headers of good answers. */
function headerTable(routes: readonly Route[]): string {
  const good = routes.flatMap(({ operation }) =>
    Object.entries(operation.responses).flatMap(([status, answer]) =>
      Number(status) < 400 ? Object.entries(answer.headers ?? {}) : [],
    ),
  );
  const headers = new Map(good);
  return table(
    ['Header of an answer', 'Meaning'],
    [...headers].map(([name, shown]) => [code(name), sentence(shown.description ?? '')]),
  );
}

interface Problem {
  readonly status: string;
  readonly type: string;
  /** Operations that refuse with it. */
  readonly on: Set<string>;
}

/** By status and type, in the order of both. */
function problemsOf(routes: readonly Route[]): ReadonlyMap<string, Problem> {
  const found = new Map<string, Problem>();
  for (const { operation } of routes)
    for (const [status, { content = {} }] of Object.entries(operation.responses))
      for (const { value } of Object.values(content['application/problem+json']?.examples ?? {})) {
        const type = (value as { readonly type: string }).type.replace('/problems/', '');
        const problem = found.get(`${status} ${type}`) ?? { status, type, on: new Set() };
        problem.on.add(operation.operationId);
        found.set(`${status} ${type}`, problem);
      }
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function listed(problems: readonly Problem[]): string {
  return problems.map(({ status, type }) => `${status} ${code(type)}`).join(', ');
}
