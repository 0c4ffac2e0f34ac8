/** What is measured runs as in production: compiled, by plain node, with NODE_ENV=production. Benchmarks' own programs likewise. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runTool } from '../../stack/embedded/tools.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** As in the Dockerfile. */
export const NODE_ARGS = ['--enable-source-maps'] as const;

/** `npm run build`, and bench/ beside it. */
export async function build(env: NodeJS.ProcessEnv): Promise<void> {
  for (const args of [
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.bench.json'],
    ['docker/copy-assets.mjs'],
  ]) {
    const { code, output } = await runTool(process.execPath, args, { env, cwd: ROOT });
    if (code !== 0) throw new Error(`${args.join(' ')} failed: ${output}`);
  }
}

/** The absolute path of what a source file, named from the clone's folder, was compiled to. */
export function compiled(source: string): string {
  const path = `${ROOT}dist/${source.replace(/\.ts$/, '.js')}`;
  if (!existsSync(path)) throw new Error(`${source} is not compiled: there is no ${path}`);
  return path;
}
