/** The container engine of this machine and Compose, called as an operator calls them. */
import { cacheRoot, isCached } from '../../stack/embedded/cache.ts';
import { messageOf } from '../../stack/errors.ts';
import { versions } from '../../stack/versions.ts';
import { builtCompose, composeEntry } from './compose-binary.ts';
import { output, run } from './run.ts';

export const docker = (...args: readonly string[]): Promise<string> => output('docker', args);

/** The words before Compose's own arguments, or null: neither the engine's plugin nor one that we have built. */
export async function findCompose(): Promise<readonly [string, ...string[]] | null> {
  const plugin = await run('docker', ['compose', 'version']);
  if (plugin.code === 0) return ['docker', 'compose'];
  const root = cacheRoot(process.env);
  return isCached(root, composeEntry) ? [builtCompose(root)] : null;
}

/** Why there can be no test with containers here, or null. One line. */
export async function whatIsMissing(): Promise<string | null> {
  try {
    const asked = await run('docker', ['version', '--format', '{{.Server.Version}}']);
    if (asked.code !== 0) return `no container engine answers (${lastLine(asked.stderr)})`;
  } catch (error) {
    return `there is no docker command (${messageOf(error)})`;
  }
  if ((await findCompose()) === null) return 'there is no Compose v2 (npm run stand-ins builds one)';
  const absent: string[] = [];
  for (const image of baseImages()) if (!(await hasImage(image))) absent.push(image);
  return absent.length === 0
    ? null
    : `images are absent: ${absent.join(', ')} (docker pull them, or npm run stand-ins where that cannot be)`;
}

/** What compose, the containers provider and our Dockerfiles start from. */
export function baseImages(): readonly string[] {
  const { postgres, mongo, kafka, node, maven } = versions;
  return [postgres.image, mongo.image, kafka.image, node.image, maven.image];
}

export async function hasImage(image: string): Promise<boolean> {
  return (await run('docker', ['image', 'inspect', image])).code === 0;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/** testcontainers' reaper removes the containers of a run that was killed, from an image of its own, which nothing here stands in for. */
export async function doWithoutReaper(env: NodeJS.ProcessEnv): Promise<void> {
  const listed = await docker('image', 'ls', '--quiet', 'testcontainers/ryuk');
  if (listed === '') env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
}
