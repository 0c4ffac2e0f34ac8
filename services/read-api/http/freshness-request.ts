/** What a request says of the freshness that it wants. */
import type { ServerResponse } from 'node:http';
import type { FreshnessRequest } from '../strategies/choose-strategy.ts';
import { disconnectSignal } from './disconnect.ts';

/** Headers that every read has, by their schema. */
export interface ReadHeaders {
  readonly 'consistency-token'?: string;
  readonly prefer?: string;
  readonly 'if-none-match'?: string;
}

export function freshnessOf(
  headers: ReadHeaders,
  response: ServerResponse,
  consistency: FreshnessRequest['consistency'] = 'eventual',
): FreshnessRequest {
  return {
    consistency,
    token: headers['consistency-token'],
    prefer: headers.prefer,
    signal: () => disconnectSignal(response),
  };
}
