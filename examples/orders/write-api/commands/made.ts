import type { Acknowledged } from '../../../../services/write-api/commands/acknowledgement.ts';

/** What a command was on, and the version that shows it. */
export interface Made extends Acknowledged {
  /** as its path begins */
  readonly kind: 'orders' | 'products' | 'customers';
}
