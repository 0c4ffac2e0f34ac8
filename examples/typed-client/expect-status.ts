interface Answer {
  readonly status: number;
  readonly data?: unknown;
  readonly headers: Headers;
}

/** The answer as one of that status, with its data’s type. @throws Error with what else it was answered with. */
export function expectStatus<A extends Answer, S extends A['status']>(
  answer: A,
  status: S,
): Extract<A, { readonly status: S }> {
  if (isOf(answer, status)) return answer;
  throw new Error(`expected ${status}, got ${answer.status}: ${JSON.stringify(answer.data)}`);
}

function isOf<A extends Answer, S extends A['status']>(
  answer: A,
  status: S,
): answer is Extract<A, { readonly status: S }> {
  return answer.status === status;
}
