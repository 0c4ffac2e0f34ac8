/** `npm run stand-ins`: builds what is missing for the tests with containers; `npm run stand-ins -- remove` takes the images away. */
import { cached, cacheRoot } from '../../stack/embedded/cache.ts';
import { PrerequisiteError, messageOf } from '../../stack/errors.ts';
import { which } from '../../stack/embedded/tools.ts';
import { composeEntry } from './compose-binary.ts';
import { findCompose } from './engine.ts';
import { buildStandIns, removeStandIns } from './stand-ins.ts';

const tell = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const [what = 'build'] = process.argv.slice(2);
  if (what === 'build') await build();
  else if (what === 'remove') await removeStandIns(tell);
  else throw new PrerequisiteError(['npm run stand-ins [-- build | remove]']);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}

async function build(): Promise<void> {
  requireTools({ docker: 'docker.io', debootstrap: 'debootstrap' });
  if ((await findCompose()) === null) {
    requireTools({ go: 'golang' });
    await cached(composeEntry, {
      root: cacheRoot(process.env),
      onEvent: ({ type, name }) => tell(`${type} ${name}`),
    });
  }
  await buildStandIns(tell);
}

/** With the Debian package of each. */
function requireTools(tools: Readonly<Record<string, string>>): void {
  const missing = Object.entries(tools).filter(([tool]) => which(tool, process.env) === undefined);
  if (missing.length > 0)
    throw new PrerequisiteError(
      missing.map(([tool, name]) => `${tool} is not on this machine: apt-get install ${name}`),
    );
}
