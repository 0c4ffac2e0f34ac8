/**
 * Starts only the servers, by hand:  node --import tsx stack/main.ts --data <folder> [--fresh] [--ephemeral] [--containers]
 * When all are ready the endpoints and secrets are printed as JSON on stdout; progress goes to stderr; SIGINT or SIGTERM stops everything.
 */
import { parseArgs } from 'node:util';
import { messageOf } from './errors.ts';
import { startStack } from './stack.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '.readside' },
    fresh: { type: 'boolean', default: false },
    ephemeral: { type: 'boolean', default: false },
    containers: { type: 'boolean', default: false },
  },
});

const stopping = new AbortController();
const stopped = new Promise<void>((resolve) =>
  stopping.signal.addEventListener('abort', () => resolve(), { once: true }),
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));

try {
  const stack = await startStack({
    dataDir: values.data,
    fresh: values.fresh,
    ports: values.ephemeral ? 'ephemeral' : 'defaults',
    provider: values.containers ? 'containers' : 'embedded',
    env: process.env,
    signal: stopping.signal,
    onEvent: (event) => process.stderr.write(`${new Date().toISOString()} ${JSON.stringify(event)}\n`),
  });
  process.stdout.write(
    `${JSON.stringify({ ...stack.endpoints, secrets: stack.secrets, pids: stack.pids() }, null, 2)}\n`,
  );
  await stopped;
  await stack.stop();
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
