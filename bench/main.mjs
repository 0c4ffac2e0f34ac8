/** `npm run bench`: installs what is missing and hands over to run.ts. */
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from '../cli/ensure-dependencies.mjs';

await ensureDependencies(fileURLToPath(new URL('..', import.meta.url)));
const { register } = await import('tsx/esm/api');
register();
await import('./run.ts');
