/** One sentence on the state of a pipeline, and why. Pure. */
import { failureOf, isRunning } from '../../services/shared/connect/connector-status.ts';
import type { StatusParts } from './collect.ts';

export interface Verdict {
  readonly state: 'up-to-date' | 'lagging' | 'stalled' | 'unknown';
  readonly text: string;
}

/** The first cause along the flow is the one that stops everything behind it. */
export function verdictOf(parts: StatusParts): Verdict {
  const cause = stallOf(parts);
  const { lag } = parts;
  if (!lag.ok) return { state: 'unknown', text: cause ?? `the lag cannot be measured: ${lag.why}` };
  const behind = lag.value.seconds === null ? 'by an unknown time' : `by ${lag.value.seconds.toFixed(1)} s`;
  if (cause !== null)
    return { state: 'stalled', text: `stalled ${behind} (${lag.value.events} events): ${cause}` };
  if (lag.value.seconds === null)
    return { state: 'unknown', text: 'no heartbeat has come through the connector yet' };
  if (lag.value.seconds > 0 || lag.value.events > 0) {
    return { state: 'lagging', text: `lagging ${behind} (${lag.value.events} events)` };
  }
  return { state: 'up-to-date', text: 'up to date' };
}

function stallOf({ servers, connector, projectors, lag }: StatusParts): string | null {
  const down = servers.find(({ up }) => !up.ok);
  if (down && !down.up.ok) return `${down.name} does not answer: ${down.up.why}`;
  if (connector.ok && connector.value === null) return 'the connector is not registered: readside register';
  if (connector.ok && connector.value) {
    const failure = failureOf(connector.value);
    if (failure !== null) return `the connector failed: ${failure}: readside connectors restart`;
    if (!isRunning(connector.value))
      return `the connector is ${connector.value.connector.state}: readside connectors resume`;
  }
  if (lag.ok && lag.value.source.slot?.walStatus === 'lost')
    return 'Postgres has dropped WAL that the slot still needed';
  if (projectors.ok && projectors.value === 0) return 'no projector is in the consumer group';
  return null;
}
