/**
 * `npm run docs` serves the documentation as a site, `npm run docs:build` builds it into docs/site/.vitepress/dist. What it needs is in a
 * package of its own, so that the project's install stays small; it is installed here when it is missing or not that of the lockfile.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const verb = process.argv[2] ?? 'dev';

install();
const code = run(join(folder, 'node_modules/.bin/vitepress'), [verb, folder, ...process.argv.slice(3)]);
if (code === 0 && verb === 'build') say(`the site is in ${join('docs', 'site', '.vitepress', 'dist')}`);
process.exitCode = code;

function install() {
  const stamp = join(folder, 'node_modules', '.readside-lock');
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  say('installing VitePress into docs/site/node_modules (npm ci, some 110 MB) …');
  const failed = run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (failed !== 0) process.exit(failed);
  writeFileSync(stamp, lock);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' });
  if (error) say(`${command} could not be started: ${error.message}`);
  return status ?? 1;
}

function say(text) {
  process.stderr.write(`docs: ${text}\n`);
}
