/** Which methods a path has, for the answer to one that it has not (RFC 9110, 15.5.6). Pure. */

export interface MethodsOfPaths {
  /** `pattern`: as routes are added, with `:name` for a parameter and `*` for whatever follows. */
  add(pattern: string, methods: string | readonly string[]): void;
  /** Sorted; empty: there is no such path. */
  of(path: string): readonly string[];
}

export function createMethodsOfPaths(): MethodsOfPaths {
  const known = new Map<string, { readonly form: RegExp; readonly methods: Set<string> }>();
  return {
    add(pattern, methods) {
      const entry = known.get(pattern) ?? { form: toForm(pattern), methods: new Set<string>() };
      for (const method of [methods].flat()) entry.methods.add(method);
      known.set(pattern, entry);
    },
    of(path) {
      const found = [...known.values()].filter(({ form }) => form.test(path));
      return [...new Set(found.flatMap(({ methods }) => [...methods]))].toSorted();
    },
  };
}

function toForm(pattern: string): RegExp {
  const parts = pattern.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+';
    return part === '*' ? '.*' : part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  });
  return new RegExp(`^${parts.join('/')}$`);
}
