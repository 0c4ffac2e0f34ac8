/** The console as a process. */
import { join } from 'node:path';
import { requireAuthBeyondLoopback } from '../shared/auth/auth-config.ts';
import { protectionOf } from '../shared/auth/protection.ts';
import { CLONE_FOLDER, CODE_FOLDER } from '../shared/code-folders.ts';
import { loadConfig } from '../shared/config.ts';
import { createLogger } from '../shared/logger.ts';
import { runService } from '../shared/run-service.ts';
import { createConsole } from './app.ts';
import { createReadside } from './commands/readside.ts';
import { ConsoleConfig } from './config.ts';

const VERSION = '0.1.0';

await runService(
  () => requireAuthBeyondLoopback(loadConfig(ConsoleConfig, process.env)),
  (config) => createLogger('console', config.LOG_LEVEL),
  async (config, scope, logger) => {
    // What it checks tokens with is no business of the commands.
    const { AUTH_SECRET: _secret, ...env } = process.env;
    const readside = createReadside({
      program: ['--enable-source-maps', join(CODE_FOLDER, 'cli/main.js')],
      cwd: CLONE_FOLDER,
      env,
    });
    scope.defer(() => readside.stop());
    const app = await createConsole({
      readside,
      pageFolder: join(CODE_FOLDER, 'services/console/page'),
      nobody: config.USER,
      logger,
      version: VERSION,
      protection: protectionOf(config),
    });
    scope.defer(() => app.close());
    const address = await app.listen({ host: config.HOST, port: config.PORT });
    logger.info({ address }, 'listening');
  },
);
