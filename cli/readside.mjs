#!/usr/bin/env node
/**
 * The `readside` command. Plain JavaScript, because on a bare clone it runs before anything is installed: it checks Node,
 * installs the dependencies when they are missing or not those of the lockfile, compiles the sources when they are not compiled yet, and
 * hands over to main.ts in this process.
 */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureCompiled } from './ensure-compiled.mjs';
import { ensureDependencies } from './ensure-dependencies.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
await ensureDependencies(root);
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(ensureCompiled(root), 'cli/main.js')).href);
