/** Where the code that runs lies, and the clone that it was made of: .compiled/<hash> in it (cli/ensure-compiled.mjs), or dist/ for an image. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Ends with a slash, as does the other. In tests, which run from source, both are the clone. */
export const CODE_FOLDER = fileURLToPath(new URL('../../', import.meta.url));
export const CLONE_FOLDER = CODE_FOLDER.replace(/(\.compiled\/[^/]+|dist)\/$/, '');
/** Only tests and benchmarks do. */
export const RUNS_FROM_SOURCE = import.meta.url.endsWith('.ts');
export const CODE_EXTENSION = RUNS_FROM_SOURCE ? '.ts' : '.js';

/** The absolute path of what a source file, named from the clone's folder, was compiled to in `folder`; null: it was not. */
export function compiledPath(folder: string, source: string): string | null {
  const path = join(folder, source.replace(/\.ts$/, '.js'));
  return existsSync(path) ? path : null;
}
