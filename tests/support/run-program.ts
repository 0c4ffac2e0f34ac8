/** A few lines of TypeScript as a process of their own, from the clone's folder: for what is seen only when a process ends. */
import { spawnSync } from 'node:child_process';
import { ROOT } from './service-start.ts';

export interface ProgramEnd {
  readonly code: number | null;
  readonly stderr: string;
  /** Of its standard output, each one JSON. */
  readonly lines: ReadonlyArray<Readonly<Record<string, unknown>>>;
}

/** @throws SyntaxError where a line is no JSON */
export function runProgram(program: string): ProgramEnd {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', program],
    { cwd: ROOT, encoding: 'utf8' },
  );
  const lines = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  return { code: status, stderr, lines };
}
