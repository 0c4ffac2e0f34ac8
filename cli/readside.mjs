#!/usr/bin/env node
/**
 * The `readside` command. Plain JavaScript, because on a bare clone it runs before anything is installed: it checks Node,
 * installs the dependencies when they are missing or not those of the lockfile, and hands over to main.ts in this process.
 */
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './ensure-dependencies.mjs';

await ensureDependencies(fileURLToPath(new URL('..', import.meta.url)));
const { register } = await import('tsx/esm/api');
register();
await import('./main.ts');
