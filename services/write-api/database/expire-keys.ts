/** Forgets old Idempotency-Keys, a bounded number at a time; several services may do so at once. */
import type { Pool } from 'pg';
import type { Logger } from '../../shared/logger.ts';

const BATCH = 1000;
const PAUSE_MS = 60_000;

/** Deletes at most `BATCH` keys older than `hours` and answers how many it was. */
export async function expireKeys(pool: Pool, hours: number): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from readside.idempotency_keys where key in (
       select key from readside.idempotency_keys where created_at < now() - make_interval(hours => $1)
       order by created_at limit ${BATCH} for update skip locked)`,
    [hours],
  );
  return rowCount ?? 0;
}

/** Once now and then once a minute, until the answered function is called; that one resolves when no delete is under way. */
export function keepExpiringKeys(pool: Pool, hours: number, logger: Logger): () => Promise<void> {
  const expire = async (): Promise<void> => {
    try {
      const count = await expireKeys(pool, hours);
      if (count > 0) logger.debug({ count }, 'expired idempotency keys');
    } catch (error) {
      logger.warn({ err: error }, 'could not expire idempotency keys, will try again');
    }
  };
  let running = expire();
  const timer = setInterval(() => {
    running = running.then(expire);
  }, PAUSE_MS);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
