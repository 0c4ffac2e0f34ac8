/** Where the code that runs lies, and the clone that it was made of: .compiled/<hash> in it (cli/ensure-compiled.mjs), or dist/ for an image. */
import { fileURLToPath } from 'node:url';

/** Ends with a slash, as does the other. In tests, which run from source, both are the clone. */
export const CODE_FOLDER = fileURLToPath(new URL('../../', import.meta.url));
export const CLONE_FOLDER = CODE_FOLDER.replace(/(\.compiled\/[^/]+|dist)\/$/, '');
