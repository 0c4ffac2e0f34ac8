/** What an OpenAPI document says that a request may be answered with. */

interface Answered {
  readonly content?: Readonly<Record<string, { readonly examples?: Readonly<Record<string, unknown>> }>>;
}
export interface Documented {
  readonly paths?: Readonly<
    Record<string, Readonly<Record<string, { readonly responses?: Readonly<Record<string, Answered>> }>>>
  >;
}

/** Each as `200` or, with the kind of its problem, `404 no-such-user`; null where no operation has that method and path. */
export function documentedAnswers(
  { paths = {} }: Documented,
  method: string,
  target: string,
): readonly string[] | null {
  const [path = ''] = target.split('?');
  const [, methods] = Object.entries(paths).find(([template]) => patternOf(template).test(path)) ?? [];
  const responses = methods?.[method.toLowerCase()]?.responses;
  if (responses === undefined) return null;
  return Object.entries(responses).flatMap(([status, { content = {} }]) => {
    const kinds = Object.keys(content['application/problem+json']?.examples ?? {});
    return kinds.length === 0 ? [status] : kinds.map((kind) => `${status} ${kind}`);
  });
}

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
}
