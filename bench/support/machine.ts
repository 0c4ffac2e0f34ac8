/** Where and of what a run was. */
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { runTool } from '../../stack/embedded/tools.ts';

export interface Machine {
  readonly node: string;
  readonly cpus: number;
  readonly model: string;
  readonly memoryGiB: number;
  readonly os: string;
  /** Processes that wanted to run in the minute before: others' work is in the figures. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  return {
    node: process.version,
    cpus: cpus().length,
    model: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

export async function currentCommit(cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const git = async (...args: readonly string[]): Promise<string> =>
    (await runTool('git', args, { env, cwd })).output.trim();
  const isChanged = (await git('status', '--porcelain', '--', '.', ':!bench/results', ':!docs')) !== '';
  return `${await git('rev-parse', '--short', 'HEAD')}${isChanged ? '+' : ''}`;
}
