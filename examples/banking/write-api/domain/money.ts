/** Money is a whole number of the smallest unit of a currency (cents), so that no amount is ever rounded. Pure. */

/** Beyond it a number of JSON is no longer exact; neither an amount nor a balance goes there. */
export const MOST = Number.MAX_SAFE_INTEGER;

/** ISO 4217; which ones there are, and how many digits their units have, is for whoever shows them. */
export const CURRENCY_PATTERN = '^[A-Z]{3}$';

export function isExact(amount: number): boolean {
  return Number.isSafeInteger(amount);
}
