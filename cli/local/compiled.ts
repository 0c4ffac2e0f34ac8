/** Where the compiled code is that our own processes run: every service, and every benchmark's program. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CODE_FOLDER } from '../../services/shared/code-folders.ts';

/** As in the Dockerfile. */
const NODE_ARGS = ['--enable-source-maps'] as const;

/** Arguments of node that run a source file, named from the clone's folder; `nodeArgs` before it. */
export function compiledProgram(source: string, nodeArgs: readonly string[] = []): readonly string[] {
  return [...NODE_ARGS, ...nodeArgs, compiled(source)];
}

/** The absolute path of what a source file, named from the clone's folder, was compiled to. */
export function compiled(source: string): string {
  const path = join(compiledFolder(), source.replace(/\.ts$/, '.js'));
  if (!existsSync(path)) throw new Error(`${source} is not compiled: there is no ${path}`);
  return path;
}

/** This module's own when it is compiled itself; a run from source, of tests or benchmarks, has compiled before it began. */
function compiledFolder(): string {
  if (!import.meta.url.endsWith('.ts')) return CODE_FOLDER;
  const folder = process.env['READSIDE_COMPILED'];
  if (folder === undefined) throw new Error('READSIDE_COMPILED is not set: run it by npm');
  return folder;
}
