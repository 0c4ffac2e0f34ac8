/** The write API as a process. */
import { requireAuthBeyondLoopback } from '../shared/auth/auth-config.ts';
import { protectionOf } from '../shared/auth/protection.ts';
import { loadConfig } from '../shared/config.ts';
import { createLogger } from '../shared/logger.ts';
import { runService } from '../shared/run-service.ts';
import { startTracing } from '../shared/tracing/start-tracing.ts';
import { createWriteApi } from './app.ts';
import { WriteApiConfig } from './config.ts';
import { keepExpiringKeys } from './database/expire-keys.ts';
import { createPool } from './database/pool.ts';

const VERSION = '0.1.0';

await runService(
  () => requireAuthBeyondLoopback(loadConfig(WriteApiConfig, process.env)),
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
    const app = await createWriteApi({
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
