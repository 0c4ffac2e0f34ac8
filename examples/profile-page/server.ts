/** The profile page's server as a process. It has tokens that no browser gets to see, and so listens on loopback unless told otherwise. */
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../services/shared/config.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { runService } from '../../services/shared/run-service.ts';
import { createProfilePage } from './app.ts';
import { ProfilePageConfig } from './config.ts';
import { createProjectorSwitch } from './server/projector-switch.ts';
import { createTokens } from './server/tokens.ts';

await runService(
  () => loadConfig(ProfilePageConfig, process.env),
  (config) => createLogger('profile-page', config.LOG_LEVEL),
  async (config, scope, logger) => {
    const app = await createProfilePage({
      pageFolder: fileURLToPath(new URL('page/', import.meta.url)),
      writeApiUrl: config.WRITE_API_URL,
      readApiUrl: config.READ_API_URL,
      tokens: createTokens(config.AUTH_SECRET, config.AUTH_AUDIENCE),
      projector: config.READSIDE_DATA === undefined ? null : createProjectorSwitch(config.READSIDE_DATA),
      logger,
    });
    scope.defer(() => app.close());
    logger.info({ address: await app.listen({ host: config.HOST, port: config.PORT }) }, 'listening');
  },
);
