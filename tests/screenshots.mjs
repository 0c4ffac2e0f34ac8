/** `npm run screenshots`: installs and compiles what is missing and hands over to support/browser/write-screenshots.ts. */
import { fileURLToPath } from 'node:url';
import { ensureCompiled } from '../cli/ensure-compiled.mjs';
import { ensureDependencies } from '../cli/ensure-dependencies.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
await ensureDependencies(root);
process.env['READSIDE_COMPILED'] = ensureCompiled(root);
const { register } = await import('tsx/esm/api');
register();
await import('./support/browser/write-screenshots.ts');
