/** A process of commands: its configuration, its pool, its traces, and the application that is made on them. */
import { requireAuthBeyondLoopback } from '../shared/auth/auth-config.ts';
import { protectionOf } from '../shared/auth/protection.ts';
import { loadConfig } from '../shared/config.ts';
import type { HttpApp } from '../shared/http-app.ts';
import { createLogger } from '../shared/logger.ts';
import { runService } from '../shared/run-service.ts';
import { startTracing } from '../shared/tracing/start-tracing.ts';
import { WriteApiConfig } from './config.ts';
import { keepExpiringKeys } from './database/expire-keys.ts';
import { createPool } from './database/pool.ts';
import type { CommandAppOptions } from './http/command-app.ts';

const VERSION = '0.1.0';

/** Resolves when the service listens; it stops by a signal. */
export async function runWriteApi(
  env: NodeJS.ProcessEnv,
  createApp: (options: CommandAppOptions) => Promise<HttpApp>,
): Promise<void> {
  await runService(
    () => requireAuthBeyondLoopback(loadConfig(WriteApiConfig, env)),
    (config) => createLogger('write-api', config.LOG_LEVEL),
    async (config, scope, logger) => {
      const tracing = await startTracing('write-api', VERSION, config, logger);
      if (tracing) scope.defer(() => tracing.stop());
      const pool = createPool(
        {
          connectionString: config.DATABASE_URL,
          size: config.POOL_SIZE,
          connectTimeoutMs: config.CONNECT_TIMEOUT_MS,
          statementTimeoutMs: config.STATEMENT_TIMEOUT_MS,
          lockTimeoutMs: config.LOCK_TIMEOUT_MS,
        },
        logger,
      );
      scope.defer(() => pool.end());
      scope.defer(keepExpiringKeys(pool, config.IDEMPOTENCY_KEY_HOURS, logger));
      const app = await createApp({
        pool,
        logger,
        version: VERSION,
        protection: protectionOf(config),
        tracer: tracing?.tracer,
      });
      scope.defer(() => app.close());
      const address = await app.listen({ host: config.HOST, port: config.PORT });
      logger.info({ address }, 'listening');
    },
  );
}
