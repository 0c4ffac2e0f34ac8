/** What an OpenAPI document says beside its routes. */
import type { SwaggerOptions } from '@fastify/swagger';

type Document = NonNullable<Extract<SwaggerOptions, { openapi?: unknown }>['openapi']>;

/** A group of routes. */
export interface Tag {
  readonly name: string;
  readonly description: string;
}

export interface Described {
  readonly title: string;
  readonly description: string;
  readonly version: string;
  readonly tags?: readonly Tag[];
}

/** What holds of all routes of both APIs. */
const CONVENTIONS =
  'Errors are problems as RFC 9457 has them, with `type` to tell them apart; each route lists its own by example. Fields and ' +
  'parameters that a route does not list are refused. `Retry-After` says when the same request may well be answered.';

export function documentOf(
  { title, description, version, tags = [] }: Described,
  needsTokens: boolean,
): Document {
  return {
    openapi: '3.1.0',
    info: {
      title,
      description: `${description}\n\n${CONVENTIONS}`,
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'this service' }],
    tags: tags.map((each) => ({ ...each })),
    ...(needsTokens && {
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description:
              'A JWT of the issuer that the service trusts. Each route names the scope that it needs, and of one document only whose ' +
              'id is the token’s `sub` may use it; the scope `admin` may everything.',
          },
        },
      },
    }),
  };
}
