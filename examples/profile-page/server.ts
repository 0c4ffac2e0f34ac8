/** The profile page's server as a process. It has tokens that no browser gets to see, and so listens on loopback alone. */
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../services/shared/config.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { runService } from '../../services/shared/run-service.ts';
import { createProfilePage } from './app.ts';
import { ProfilePageConfig, onLoopbackAlone } from './config.ts';
import { createProjectorSwitch } from './server/projector-switch.ts';
import { runProjections } from './server/run-projections.ts';
import { createTokens } from './server/tokens.ts';

await runService(
  () => onLoopbackAlone(loadConfig(ProfilePageConfig, process.env)),
  (config) => createLogger('profile-page', config.LOG_LEVEL),
  async (config, scope, logger) => {
    // What it signs tokens with is no business of the commands.
    const { AUTH_SECRET: _secret, ...env } = process.env;
    const { READSIDE_DATA: dataDir } = config;
    const app = await createProfilePage({
      pageFolder: fileURLToPath(new URL('page/', import.meta.url)),
      writeApiUrl: config.WRITE_API_URL,
      readApiUrl: config.READ_API_URL,
      tokens: createTokens(config.AUTH_SECRET, config.AUTH_AUDIENCE),
      projector: dataDir === undefined ? null : createProjectorSwitch(runProjections(dataDir, env)),
      logger,
    });
    scope.defer(() => app.close());
    logger.info({ address: await app.listen({ host: config.HOST, port: config.PORT }) }, 'listening');
  },
);
