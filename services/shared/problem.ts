/** RFC 9457 problem details: every error answer of both APIs has this shape. */
import { Type } from 'typebox';
import type { Static } from 'typebox';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'URI reference that identifies the kind of problem' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String({ description: 'the request, by its id' })),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({
            description: 'JSON pointer (RFC 6901) into the body, or the parameter’s name',
          }),
          detail: Type.String(),
        }),
      ),
    ),
  },
  { $id: 'Problem', additionalProperties: true },
);

export type Problem = Static<typeof ProblemSchema>;
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** An expected refusal, thrown where it is found and turned into an answer at the HTTP edge. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly slug: string;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  /** `slug` becomes the type URI `/problems/<slug>`; `title` is the same for every occurrence of it. */
  constructor(
    status: number,
    slug: string,
    title: string,
    more: { detail?: string; errors?: readonly FieldError[]; headers?: Record<string, string> } = {},
  ) {
    super(more.detail ?? title);
    this.status = status;
    this.slug = slug;
    this.title = title;
    this.detail = more.detail;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }

  readonly title: string;
  readonly detail: string | undefined;

  /** The answer's body. `instance` is the request's id. */
  toProblem(instance: string): Problem {
    return {
      type: `/problems/${this.slug}`,
      title: this.title,
      status: this.status,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      instance,
      ...(this.errors.length === 0 ? {} : { errors: [...this.errors] }),
    };
  }
}
