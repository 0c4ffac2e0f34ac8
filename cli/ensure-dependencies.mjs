/** Installs the locked dependencies if node_modules is not theirs yet. Plain JavaScript without dependencies. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE = [20, 11];

/** Ends the process with one line when Node is too old or the installation fails. */
export async function ensureDependencies(root) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < NODE[0] || (major === NODE[0] && minor < NODE[1])) {
    fail(`readside needs Node ${NODE.join('.')} or newer; this is ${process.versions.node}`);
  }
  const stamp = join(root, 'node_modules', '.readside-lock');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write('installing the dependencies (npm ci) …\n');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (npm.error) fail(`npm could not be started: ${npm.error.message}`);
  if (npm.status !== 0) fail('npm ci failed; its message is above');
  writeFileSync(stamp, wanted);
}

function fail(message) {
  process.stderr.write(`readside: ${message}\n`);
  process.exit(1);
}

// `npm run setup`
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await ensureDependencies(fileURLToPath(new URL('..', import.meta.url)));
}
