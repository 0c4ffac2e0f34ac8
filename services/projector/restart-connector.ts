/**
 * Starts a failed connector again: most failures pass by themselves (a restart of Postgres, a network that broke), and Connect never tries
 * again by itself. Never while the slot is lost or absent: that is not healed by a restart, and would be hidden by it.
 */
import type { ConnectClient } from '../shared/connect/connect-client.ts';
import type { HealthFacts } from '../shared/health/facts.ts';
import { findCauses } from '../shared/health/find-causes.ts';
import type { Logger } from '../shared/logger.ts';
import { connectorName } from '../shared/stream-names.ts';

const FIRST_DELAY_MS = 2000;
const MAX_DELAY_MS = 60_000;
/** One that has run for so long is not failing again for the same reason. */
const FORGET_MS = 120_000;

export interface RestarterOptions {
  readonly connect: ConnectClient;
  readonly stream: string;
  /** Of several projectors only one acts. */
  readonly isInCharge: () => boolean;
  readonly now: () => number;
  readonly logger: Logger;
  readonly onRestart: () => void;
}

export type Restarter = (facts: HealthFacts) => Promise<void>;

/** Whether a restart may help and can do no harm. Pure. */
export function isRestartable(facts: HealthFacts): boolean {
  if (facts.source === null || facts.source.slot === null || facts.source.slot.walStatus === 'lost')
    return false;
  // The first one along the flow is what it fails of, as far as is known.
  return findCauses(facts)[0]?.code === 'connector-failed';
}

export function createRestarter(options: RestarterOptions): Restarter {
  const { connect, stream, isInCharge, now, logger, onRestart } = options;
  let tries = 0;
  let lastAt = -Infinity;
  return async (facts) => {
    if (!isRestartable(facts) || !isInCharge()) return;
    const sinceLast = now() - lastAt;
    if (sinceLast > FORGET_MS) tries = 0;
    if (sinceLast < Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (tries - 1)) && tries > 0) return;
    tries += 1;
    lastAt = now();
    onRestart();
    logger.warn({ connector: connectorName(stream), tries }, 'the connector failed; starting it again');
    try {
      await connect.restartFailed(connectorName(stream));
    } catch (error) {
      logger.warn({ err: error }, 'the connector could not be started again; trying later');
    }
  };
}
