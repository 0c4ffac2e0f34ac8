import helmet from 'helmet';

/** What helmet would set on every answer that a browser shows; they depend on nothing, and are made once. */
export function pageHeaders(): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const answer = {
    setHeader: (name: string, value: string) => void (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  // What they load they say themselves, in their own policy.
  const apply = helmet({ contentSecurityPolicy: false });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of request and answer helmet uses no more than this
  apply({} as never, answer as never, () => undefined);
  return headers;
}
