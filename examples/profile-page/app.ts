/** What the page asks: itself, who it shows, the two APIs with that user's token, and the switch of the local projector. */
import Fastify from 'fastify';
import type { FastifyBaseLogger } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { ANYBODY } from '../../services/shared/auth/access.ts';
import { refuseForeignHosts } from '../../services/shared/auth/local-host.ts';
import type { HttpApp } from '../../services/shared/http-app.ts';
import type { Logger } from '../../services/shared/logger.ts';
import { servePage } from '../../services/shared/serve-page.ts';
import { addProjectorRoutes } from './server/projector-routes.ts';
import type { ProjectorSwitch } from './server/projector-switch.ts';
import { proxyApis } from './server/proxy.ts';
import { refuseOtherSites } from './server/same-site.ts';
import type { Tokens } from './server/tokens.ts';
import { createFindUsers } from './server/users.ts';

export interface ProfilePageOptions {
  /** of the page as it was compiled */
  readonly pageFolder: string;
  readonly writeApiUrl: string;
  readonly readApiUrl: string;
  readonly tokens: Tokens;
  /** null: the system is not one of this machine */
  readonly projector: ProjectorSwitch | null;
  readonly logger: Logger;
}

export async function createProfilePage(options: ProfilePageOptions): Promise<HttpApp> {
  const { projector, tokens } = options;
  const loggerInstance: FastifyBaseLogger = options.logger;
  const app: HttpApp = Fastify({
    loggerInstance,
    disableRequestLogging: true,
    // A page that is open has a stream of events open.
    forceCloseConnections: true,
  }).withTypeProvider<TypeBoxTypeProvider>();
  const findUsers = createFindUsers(options, tokens);
  refuseForeignHosts(app);
  refuseOtherSites(app);
  await servePage(app, { folder: options.pageFolder, assets: ['lit-html'] });

  app.get('/livez', { config: ANYBODY }, () => ({ status: 'ok' }));
  app.get('/api/session', { config: ANYBODY }, async () => {
    const { user, other } = await findUsers();
    return { userId: user.id, takenEmail: other.email, hasSwitch: projector !== null };
  });
  if (projector) addProjectorRoutes(app, projector);
  await proxyApis(app, options, async () => {
    const { user } = await findUsers();
    return tokens.of(user.id);
  });
  return app;
}
