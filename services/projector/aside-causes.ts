import type { Cause } from '../shared/health/causes.ts';
import type { HeldBy } from '../shared/rebuild-control.ts';

/** What health says of a projector that stands aside. */
export function asideCauses(projection: string, held: HeldBy | null): readonly Cause[] {
  if (held === null) return [];
  return held === 'rebuild'
    ? [
        {
          code: 'rebuild-swaps',
          text: 'the projector stands aside while a rebuild swaps the documents',
          remedy: 'it goes on by itself within seconds',
        },
      ]
    : [
        {
          code: 'projection-paused',
          text: `${projection} is paused: changes wait in Kafka`,
          remedy: `readside projections resume ${projection}`,
        },
      ];
}
