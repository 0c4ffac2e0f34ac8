/** `npm test`: installs what is missing and hands over to support/run-suite.ts. Arguments are jest's: paths, -t, … */
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from '../cli/ensure-dependencies.mjs';

await ensureDependencies(fileURLToPath(new URL('..', import.meta.url)));
const { register } = await import('tsx/esm/api');
register();
await import('./support/run-suite.ts');
