/** Which Chromium the tests drive: the one that READSIDE_BROWSER names, one on PATH, or Debian's, which root gets installed. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { isExecutable, which } from '../../../stack/embedded/tools.ts';
import type { Env } from '../../../stack/embedded/tools.ts';
import { PrerequisiteError } from '../../../stack/errors.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const INSTALL_MS = 240_000;
const NEXT =
  'install it (Debian: apt-get install chromium), or point READSIDE_BROWSER at a Chromium or Chrome';

/** Its path. @throws PrerequisiteError with one line that says what to do. */
export function findBrowser(env: Env): string {
  const named = env['READSIDE_BROWSER'];
  if (named !== undefined && named !== '') {
    const found = isExecutable(resolve(named)) ? resolve(named) : which(named, env);
    if (found === undefined)
      throw new PrerequisiteError([`READSIDE_BROWSER=${named} is no program: ${NEXT}`]);
    return found;
  }
  const found = onPath(env) ?? (installs(env) ? onPath(env) : undefined);
  if (found === undefined)
    throw new PrerequisiteError([`no browser is on PATH; the tests of the pages drive one: ${NEXT}`]);
  return found;
}

function onPath(env: Env): string | undefined {
  return NAMES.map((name) => which(name, env)).find((path) => path !== undefined);
}

/** As a container of a pipeline is as a rule: root, on Debian. */
function installs(env: Env): boolean {
  if (process.getuid?.() !== 0 || which('apt-get', env) === undefined) return false;
  process.stderr.write('no browser is on PATH: installing the Debian package chromium\n');
  const apt = (...args: readonly string[]): boolean =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
      timeout: INSTALL_MS,
    }).status === 0;
  const install = ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'];
  return apt(...install) || (apt('update', '-qq') && apt(...install));
}
