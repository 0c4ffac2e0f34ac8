/** The Java that runs Kafka and Connect. */
import { join } from 'node:path';
import { isExecutable, runTool, which, type Env } from './tools.ts';

export const minimumJava = 17;

export interface Java {
  readonly command: string;
  readonly major: number;
  /** What `java -version` says, which differs between any two builds. */
  readonly build: string;
}

/** JAVA_HOME's java, else the one on PATH; undefined when there is none that runs. */
export async function findJava(env: Env): Promise<Java | undefined> {
  const home = env['JAVA_HOME'];
  const fromHome = home === undefined || home === '' ? undefined : join(home, 'bin', 'java');
  const command = fromHome !== undefined && isExecutable(fromHome) ? fromHome : which('java', env);
  if (command === undefined) return undefined;
  const { code, output } = await runTool(command, ['-version'], { env });
  // "17.0.15" and, for Java 8, "1.8.0_402".
  const version = /version "(?:1\.)?(\d+)/.exec(output);
  return code === 0 && version?.[1] !== undefined
    ? { command, major: Number(version[1]), build: output }
    : undefined;
}
