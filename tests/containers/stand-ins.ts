/**
 * Images that stand in for the official ones where those cannot be pulled, under the same names: Debian by debootstrap, and in it the
 * servers that the embedded stack fetches. README.md says what a run on them shows and what it does not.
 *
 * An image of such a name that is not ours is left as it is and used.
 */
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, cacheRoot } from '../../stack/embedded/cache.ts';
import { javaLibraries } from '../../stack/embedded/java-libraries.ts';
import { pinnedMongod } from '../../stack/embedded/mongod-binary.ts';
import { postgresBinaries } from '../../stack/embedded/postgres-binaries.ts';
import type { OnEvent } from '../../stack/events.ts';
import { versions } from '../../stack/versions.ts';
import { docker, hasImage } from './engine.ts';
import { output } from './run.ts';

export const LABEL = 'readside.stand-in';
const DEBIAN = 'readside-stand-in:debian';
const BASE = 'readside-stand-in:base';
const folders = fileURLToPath(new URL('stand-ins', import.meta.url));

interface StandIn {
  readonly image: string;
  /** In stand-ins/. */
  readonly folder: string;
  /** What lies elsewhere on this machine and is copied beside its Dockerfile: name there, path here. */
  readonly parts?: () => Promise<Readonly<Record<string, string>>>;
  readonly args?: () => Promise<Readonly<Record<string, string>>>;
}

const onEvent: OnEvent = ({ type, name }) => {
  if (type === 'installing') process.stderr.write(`fetching ${name}\n`);
};
const fetching = { env: process.env, onEvent };
const fromCache = { root: cacheRoot(process.env), onEvent };

/** Each after those that it is built from. */
const standIns: readonly StandIn[] = [
  {
    image: versions.node.image,
    folder: 'node',
    parts: async () => ({ node: process.execPath, npm: dirname(await npmManifest()) }),
  },
  { image: versions.maven.image, folder: 'maven' },
  {
    image: versions.postgres.image,
    folder: 'postgres',
    parts: async () => {
      const { postgres } = await postgresBinaries(undefined, folders, process.env);
      return { server: dirname(dirname(postgres)) };
    },
  },
  {
    image: versions.mongo.image,
    folder: 'mongo',
    parts: async () => ({ mongod: join(await cached(pinnedMongod(fetching), fromCache), 'mongod') }),
  },
  {
    image: versions.kafka.image,
    folder: 'kafka',
    parts: async () => ({ libs: join(await cached(javaLibraries(fetching), fromCache), 'libs') }),
    args: async () => ({ LOG4J_VERSION: await versionOfJar('log4j-core') }),
  },
  { image: versions.prometheus.image, folder: 'prometheus' },
];

export async function buildStandIns(tell: (line: string) => void): Promise<void> {
  if (!(await hasImage(BASE))) await buildBase(tell);
  for (const each of standIns) {
    if ((await hasImage(each.image)) && !(await isStandIn(each.image))) {
      tell(`${each.image}: kept, it is not one of ours`);
      continue;
    }
    const started = performance.now();
    await build(each.image, each.folder, (await each.parts?.()) ?? {}, (await each.args?.()) ?? {});
    tell(`${each.image}: built in ${seconds(started)}`);
  }
}

/** Ours, and what was built from them. */
export async function removeStandIns(tell: (line: string) => void): Promise<void> {
  const listed = await docker('image', 'ls', '--quiet', '--no-trunc', '--filter', `label=${LABEL}=true`);
  const ids = [...new Set(listed.split('\n'))].filter((id) => id !== '');
  if (ids.length > 0) await docker('image', 'rm', '--force', ...ids);
  tell(`${ids.length} removed`);
}

export async function isStandIn(image: string): Promise<boolean> {
  return (
    (await docker('image', 'inspect', '--format', `{{index .Config.Labels "${LABEL}"}}`, image)) === 'true'
  );
}

async function buildBase(tell: (line: string) => void): Promise<void> {
  const started = performance.now();
  await inFolder(async (work) => {
    const root = join(work, 'root');
    await output('debootstrap', ['--variant=minbase', 'bookworm', root]);
    const archive = join(work, 'root.tar');
    await output('tar', ['--create', '--file', archive, '--directory', root, '.']);
    await docker('import', '--change', `LABEL ${LABEL}=true`, archive, DEBIAN);
  });
  await inFolder(async (machine) => {
    await collectSettings(machine);
    await build(BASE, 'base', { machine }, {});
  });
  tell(`${BASE}: built in ${seconds(started)}`);
}

async function build(
  image: string,
  folder: string,
  parts: Readonly<Record<string, string>>,
  args: Readonly<Record<string, string>>,
): Promise<void> {
  await inFolder(async (context) => {
    await cp(join(folders, folder), context, { recursive: true });
    for (const [name, path] of Object.entries(parts))
      await cp(path, join(context, name), { recursive: true, verbatimSymlinks: true });
    const given = Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
    // The registries are reached as this machine reaches them.
    await docker('build', '--network=host', '--label', `${LABEL}=true`, '--tag', image, ...given, context);
  });
}

/** How this machine's package clients find their registries and whom they trust, for builds in containers to do the same. */
async function collectSettings(folder: string): Promise<void> {
  const certificates = '/usr/local/share/ca-certificates';
  const files = [
    ...(await filesIn(certificates)).map((path) => [path, path] as const),
    ...['/etc/pip.conf', '/etc/npmrc'].map((path) => [path, path] as const),
    ...['.npmrc', '.config/pip/pip.conf', '.m2/settings.xml'].map(
      (path) => [join(homedir(), path), `/root/${path}`] as const,
    ),
  ];
  for (const path of await filesIn('/etc/apt/apt.conf.d'))
    if ((await readFile(path, 'utf8')).includes('::Proxy')) files.push([path, path]);
  for (const [from, to] of files) {
    await mkdir(dirname(join(folder, to)), { recursive: true });
    await cp(from, join(folder, to)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(folder, entry.name));
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'readside-stand-in-'));
  try {
    await chmod(folder, 0o755);
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of the npm that runs with this Node, wherever it was installed. */
async function npmManifest(): Promise<string> {
  const root = await output('npm', ['root', '--global']);
  return createRequire(join(root, 'x.js')).resolve('npm/package.json');
}

async function versionOfJar(name: string): Promise<string> {
  const libs = join(await cached(javaLibraries(fetching), fromCache), 'libs');
  const version = (await readdir(libs))
    .map((jar) => new RegExp(`^${name}-(.*)\\.jar$`).exec(jar)?.[1])
    .find((found) => found !== undefined);
  if (version === undefined) throw new Error(`no ${name} among Kafka's jars`);
  return version;
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
