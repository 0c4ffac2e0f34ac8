/**
 * Both APIs as their OpenAPI documents say, asked by Schemathesis with all of its checks: documented answers only, no 5xx, what does not fit
 * the schema refused and what fits it taken. The services run as in production, with tokens, on the run's servers.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import directory from '../../projections/directory.ts';
import history from '../../projections/history.ts';
import insights from '../../projections/insights.ts';
import profile from '../../projections/profile.ts';
import { developmentToken } from '../../cli/local/development-token.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { cached, cacheRoot } from '../../stack/embedded/cache.ts';
import { runTool } from '../../stack/embedded/tools.ts';
import { TOKEN_SECRET, startProtected } from '../support/protected-services.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { stackEndpoints, testDataDir } from '../support/stack.ts';

const VERSION = '4.32.5';
const CASES = 2000;
/** Enough for that many cases; of each operation, in the phase that invents requests. */
const EXAMPLES = { 'write-api': 150, 'read-api': 300 } as const;
const DEADLINE_MS = 600_000;
const here = fileURLToPath(new URL('.', import.meta.url));

let schemathesis = '';
let token = '';
beforeAll(async () => {
  token = await developmentToken(TOKEN_SECRET);
  // The run's system has the profiles only.
  await installSourceViews(stackEndpoints().postgresUrl, [profile, directory, history, insights]);
  schemathesis = await cached(
    {
      name: 'schemathesis',
      key: VERSION,
      fill: async (folder) => {
        const pip = ['-m', 'pip', 'install', '--quiet', '--target', folder, `schemathesis==${VERSION}`];
        const { code, output } = await runTool('python3', pip, { env: process.env });
        if (code !== 0) throw new Error(`pip could not install schemathesis: ${output}`);
      },
    },
    { root: cacheRoot(process.env), onEvent: () => undefined },
  );
}, DEADLINE_MS);

const services: ServiceProcess[] = [];
afterAll(async () => {
  await Promise.all(services.map((each) => each.stop()));
});

test.each(['write-api', 'read-api'] as const)(
  '%s is as it says, in two thousand cases and more',
  async (name) => {
    const service = await serve(name);
    // What it remembers between runs stays out of the clone.
    const folder = join(testDataDir(), 'contract');
    mkdirSync(folder, { recursive: true });
    const report = join(folder, `${name}.log`);
    const { code, output } = await runTool(
      'python3',
      [
        '-m',
        'schemathesis.cli',
        '--config-file',
        join(here, `${name}.toml`),
        'run',
        `${service.url}/openapi.json`,
        '-H',
        `Authorization: Bearer ${token}`,
        '--checks',
        'all',
        '--continue-on-failure',
        '--max-examples',
        String(EXAMPLES[name]),
        '--generation-database',
        'none',
        '--no-color',
      ],
      { env: { ...process.env, PYTHONPATH: schemathesis }, cwd: folder },
    );
    writeFileSync(report, output);
    // Schemathesis says what went wrong, with the seed and a curl command for each.
    if (code !== 0) throw new Error(`${report}:\n${output}`);
    const [, cases = '0', passed = ''] = /(\d+) generated, (\d+) passed/.exec(output) ?? [];
    process.stderr.write(`${name}: ${cases} cases\n`);
    expect(passed).toBe(cases);
    expect(Number(cases)).toBeGreaterThanOrEqual(CASES);
  },
  DEADLINE_MS,
);

async function serve(name: 'write-api' | 'read-api'): Promise<ServiceProcess> {
  const service = await startProtected(name, {
    RATE_LIMIT_PER_MINUTE: '0',
    ...(name === 'read-api' && {
      PROJECTION: 'profile,directory,history,insights',
      // Nobody invents a token that is reached by waiting.
      WAIT_MAX_SECONDS: '0',
    }),
  });
  services.push(service);
  return service;
}
