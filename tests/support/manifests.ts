/** The files of deploy/kubernetes/ as they are written, before kustomize has put them together. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

/** As YAML gives it: whoever asks says what is there, and the schemas are checked elsewhere (tests/kubernetes). */
export type Tree = Readonly<Record<string, unknown>>;

export interface Manifest {
  /** From deploy/kubernetes/. */
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  readonly tree: Tree;
}

export const MANIFESTS = fileURLToPath(new URL('../../deploy/kubernetes/', import.meta.url));

/** Files below that folder with one of these endings. */
export function filesIn(...endings: readonly string[]): readonly string[] {
  return readdirSync(MANIFESTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .toSorted();
}

/** @throws Error where a text is no YAML. */
export function parseYaml(text: string): readonly Tree[] {
  return parseAllDocuments(text, { merge: true }).map((each) => {
    if ('errors' in each && each.errors[0]) throw each.errors[0];
    return each.toJS({ maxAliasCount: -1 }) as Tree;
  });
}

export function readManifests(): readonly Manifest[] {
  return filesIn('.yaml').flatMap((file) =>
    parseYaml(readFileSync(`${MANIFESTS}${file}`, 'utf8')).map((tree) => ({
      file,
      kind: String(tree['kind']),
      name: String(at(tree, 'metadata', 'name')),
      tree,
    })),
  );
}

/** What is at the end of the path; undefined where there is no such thing. */
export function at(tree: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (found, key) => (typeof found === 'object' && found !== null ? (found as Tree)[key] : undefined),
    tree,
  );
}

/** The same, of what must be a list; none where there is nothing. */
export function listAt(tree: unknown, ...path: readonly (string | number)[]): readonly Tree[] {
  return (at(tree, ...path) ?? []) as readonly Tree[];
}

/** The one of that kind and name. @throws Error */
export function theOne(manifests: readonly Manifest[], kind: string, name: string): Tree {
  const [found, second] = manifests.filter((each) => each.kind === kind && each.name === name);
  if (!found || second) throw new Error(`there is not one ${kind} ${name}`);
  return found.tree;
}

/** The variables that a container sets by itself. */
export function envOf(container: unknown): ReadonlyMap<string, Tree> {
  return new Map(listAt(container, 'env').map((each) => [String(each['name']), each]));
}
