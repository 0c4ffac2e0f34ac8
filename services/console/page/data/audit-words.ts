/** What came of an act, as the audit trail has it, in words. Pure. */
import type { AuditLine } from './console-api.ts';
import { count } from './format.ts';

export function outcomeWords(outcome: AuditLine['outcome']): string {
  if (outcome === null) return 'its end is not known';
  if ('told' in outcome) return outcome.told;
  const { healed, failing, applied, discarded, again = 0 } = outcome;
  const amounts = [
    [healed, 'healed'],
    [failing, 'failing'],
    [applied, 'applied'],
    [discarded, 'discarded'],
    [again, 'delivered again'],
  ] as const;
  const told = amounts.filter(([amount]) => amount > 0);
  return told.length === 0
    ? 'nothing changed'
    : told.map(([amount, what]) => `${count(amount)} ${what}`).join(', ');
}
