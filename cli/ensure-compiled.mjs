/**
 * Compiles the sources once, for every process that runs from this clone: to .compiled/<hash of the sources>. Types are not looked at
 * (`npm run typecheck` does), so it takes two seconds. Plain JavaScript; needs the installed dependencies.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const BUILD = 'tsconfig.build.json';
/** What runs in a browser; its folders lie in those of the first. */
const PAGES = 'tsconfig.page.json';
/** Beside the folders' own: what compiled code reads. */
const ASSETS = ['docker', 'package.json'];
const NO_CODE = join('bench', 'results');
/** What decides how the sources are compiled. */
const SETTINGS = ['package-lock.json', 'tsconfig.json', BUILD, PAGES];
/** A system that still runs loads from the code that it was started with. */
const KEPT_MS = 30 * 24 * 3_600_000;

/** The folder of what the sources as they are now were compiled to. Ends the process with one line when they cannot be. */
export function ensureCompiled(root) {
  const all = join(root, '.compiled');
  const folder = join(all, hashOf(root));
  if (existsSync(folder)) return folder;
  mkdirSync(all, { recursive: true });
  const unfinished = `${folder}.${process.pid}`;
  compile(root, unfinished);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another process was quicker with the same.
    if (!existsSync(folder)) throw error;
    rmSync(unfinished, { recursive: true, force: true });
  }
  for (const name of readdirSync(all)) {
    const old = join(all, name);
    if (old !== folder && Date.now() - statSync(old).mtimeMs > KEPT_MS)
      rmSync(old, { recursive: true, force: true });
  }
  return folder;
}

function compile(root, outDir) {
  for (const settings of [BUILD, PAGES]) {
    const tsc = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/typescript/bin/tsc'),
        '-p',
        settings,
        '--noCheck',
        '--noEmit',
        'false',
        '--outDir',
        outDir,
      ],
      { cwd: root, encoding: 'utf8' },
    );
    if (tsc.error || tsc.status !== 0) {
      rmSync(outDir, { recursive: true, force: true });
      process.stderr.write(
        `readside: the sources cannot be compiled: ${tsc.error?.message ?? tsc.stdout.trim()}\n`,
      );
      process.exit(1);
    }
  }
  for (const asset of [...includedIn(root), ...ASSETS].filter((name) => existsSync(join(root, name))))
    cpSync(join(root, asset), join(outDir, asset), {
      recursive: true,
      filter: (path) => !path.endsWith('.ts') && !path.includes(NO_CODE),
    });
}

/** Folders, and single files. */
function includedIn(root) {
  return JSON.parse(readFileSync(join(root, BUILD), 'utf8')).include;
}

function hashOf(root) {
  const hash = createHash('sha256');
  const add = (path) => hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  for (const path of [...includedIn(root), ...ASSETS.slice(0, 1)])
    for (const entry of filesIn(root, path)) add(entry);
  for (const path of [...ASSETS.slice(1), ...SETTINGS]) add(path);
  return hash.digest('hex').slice(0, 16);
}

function filesIn(root, included) {
  if (!statSync(join(root, included)).isDirectory()) return [included];
  return readdirSync(join(root, included), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length))
    .filter((path) => !path.startsWith(NO_CODE))
    .toSorted();
}

// `npm run build`: for an image, where it lies is always the same.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  compile(root, join(root, 'dist'));
}
