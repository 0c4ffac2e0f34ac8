/** The services: do they answer, are they ready, do they take a token? Pure. */
import type { Asked } from '../../services/shared/health/asked.ts';
import { checksOf } from './check.ts';
import type { Check } from './check.ts';

export interface ServiceFacts {
  /** As a person says it: `the write API`. */
  readonly name: string;
  /** Which variable says where it is. */
  readonly variable: string;
  readonly address: string;
  readonly readiness: Asked<Readiness>;
}

export interface Readiness {
  readonly ready: boolean;
  /** What is not as it should be: `name: why`. */
  readonly failing: readonly string[];
}

export interface TokenFacts {
  /** Of an answer to a request with the token, or without one where there is none. */
  readonly status: number;
  readonly hasToken: boolean;
}

const { ok, warning, broken } = checksOf('services');

export function judgeService({ name, variable, address, readiness }: ServiceFacts): Check {
  if (!readiness.ok)
    return broken(
      'reached',
      `${name} does not answer at ${address}: ${readiness.why}`,
      `start it, or mend ${variable}; a local one is started again by itself, and its log says why it ended`,
    );
  const { ready, failing } = readiness.value;
  if (ready) return ok('ready', `${name} is ready at ${address}`);
  return broken(
    'ready',
    `${name} is not ready: ${failing.join('; ')}`,
    'mend what it says; it becomes ready by itself',
  );
}

/** A projector is unready as long as its pipeline stands still, and that is said of the read model. */
export function judgeProjector(facts: ServiceFacts): Check {
  const { readiness } = facts;
  return readiness.ok ? ok('reached', `${facts.name} answers at ${facts.address}`) : judgeService(facts);
}

export function judgeToken({ status, hasToken }: TokenFacts): Check {
  if (hasToken)
    return status === 401 || status === 403
      ? broken(
          'token',
          `the read API refuses the token (${status})`,
          'readside token makes one by the same AUTH_SECRET; that of a local system is good for a day after its start',
        )
      : ok('token', 'the read API takes the token');
  return status === 401
    ? warning(
        'token',
        'the read API wants a token, and none is known here',
        'set READSIDE_TOKEN to one of readside token',
      )
    : ok('token', 'the read API lets everybody in');
}
