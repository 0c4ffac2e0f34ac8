/** The account of each currency that money comes from when it is paid in, and goes to when it is paid out: with it, all balances sum up to zero. */
import { createHash } from 'node:crypto';

/** Always the same for a currency, so that nobody has to look it up. A uuid of version 8, which is for ids of one's own making. */
export function cashAccountId(currency: string): string {
  const hex = createHash('sha256').update(`cash ${currency}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
