/** Where the compiled code is that our own processes run: every service, and every benchmark's program. */
import { CODE_FOLDER, compiledPath, RUNS_FROM_SOURCE } from '../../services/shared/code-folders.ts';

/** As in the Dockerfile. */
const NODE_ARGS = ['--enable-source-maps'] as const;

/** Arguments of node that run a source file, named from the clone's folder; `nodeArgs` before it. */
export function compiledProgram(source: string, nodeArgs: readonly string[] = []): readonly string[] {
  return [...NODE_ARGS, ...nodeArgs, compiled(source)];
}

/** The absolute path of what a source file, named from the clone's folder, was compiled to. */
export function compiled(source: string): string {
  const folder = compiledFolder();
  const path = compiledPath(folder, source);
  if (path === null) throw new Error(`${source} is not compiled to ${folder}`);
  return path;
}

/** This module's own when it is compiled itself; a run from source, of tests or benchmarks, has compiled before it began. */
function compiledFolder(): string {
  if (!RUNS_FROM_SOURCE) return CODE_FOLDER;
  const folder = process.env['READSIDE_COMPILED'];
  if (folder === undefined) throw new Error('READSIDE_COMPILED is not set: run it by npm');
  return folder;
}
