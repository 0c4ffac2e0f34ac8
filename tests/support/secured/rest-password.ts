/**
 * The embedded Connect worker as docker/connect/start.sh starts it: with a REST interface that answers nobody without a password. What asks
 * for that password is in Kafka's own distribution, and not among the jars of a local system.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached, cacheRoot } from '../../../stack/embedded/cache.ts';
import { verifySha256 } from '../../../stack/embedded/checksums.ts';
import type { ServerProcess } from '../../../stack/embedded/server-process.ts';
import { runTool } from '../../../stack/embedded/tools.ts';
import { dockerFolder } from '../../../stack/server-settings.ts';

/** Not Kafka’s own version, which the repository does not have; what it asks of the worker is the same. */
const VERSION = '4.1.0';
const SHA256 = '6c462296b8a967c9723e77a5e7e724bca3085ae7aa7e166f1d230f10443e7037';

/** `server`: as stack/embedded/connect.ts has made it; `folder`: what start.sh takes for Kafka's. */
export async function withRestPassword(
  server: ServerProcess,
  folder: string,
  credentials: { readonly user: string; readonly password: string },
): Promise<ServerProcess> {
  const [settings = '', ...program] = server.args.toReversed();
  const jar = join(await extension(), `connect-basic-auth-extension-${VERSION}.jar`);
  writeLauncher(folder, [server.command, ...withJar(program.toReversed(), jar)]);
  return {
    ...server,
    command: 'bash',
    args: [join(dockerFolder, 'connect/start.sh')],
    env: {
      ...server.env,
      KAFKA_HOME: folder,
      WORKER_PROPERTIES: settings,
      CONNECT_USER: credentials.user,
      CONNECT_PASSWORD: credentials.password,
    },
    // Its archive of classes would be of another class path than a local system's.
    afterGracefulStop: () => undefined,
  };
}

/** In place of Kafka's own script, which looks for the jars of its distribution. */
function writeLauncher(folder: string, program: readonly string[]): void {
  const path = join(folder, 'bin/connect-distributed.sh');
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const [command = '', ...args] = program.map((word) => `'${word}'`);
  writeFileSync(path, `#!/bin/sh\nexec ${command} $KAFKA_OPTS ${args.join(' ')} "$1"\n`);
  chmodSync(path, 0o755);
}

function withJar(args: readonly string[], jar: string): readonly string[] {
  const at = args.indexOf('-cp') + 1;
  return args
    .map((word, index) => (index === at ? `${word}:${jar}` : word))
    .filter((word) => !word.startsWith('-XX:ArchiveClassesAtExit'));
}

function extension(): Promise<string> {
  return cached(
    {
      name: 'connect-basic-auth',
      key: VERSION,
      fill: async (folder) => {
        const args = [
          '--batch-mode',
          '--quiet',
          'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy',
          `-Dartifact=org.apache.kafka:connect-basic-auth-extension:${VERSION}`,
          `-DoutputDirectory=${folder}`,
        ];
        const { code, output } = await runTool('mvn', args, { env: process.env, cwd: folder });
        if (code !== 0) throw new Error(`mvn could not fetch what asks for Connect's password: ${output}`);
        await verifySha256(join(folder, `connect-basic-auth-extension-${VERSION}.jar`), SHA256);
      },
    },
    { root: cacheRoot(process.env), onEvent: () => undefined },
  );
}
