import type { Cause } from './causes.ts';
import type { Projection } from '../projection/projection.ts';
import type { HeldBy } from '../held-by.ts';

/** What health says of a projector that stands aside. */
export function asideCauses(
  { name, version }: Pick<Projection, 'name' | 'version'>,
  held: HeldBy | null,
): readonly Cause[] {
  switch (held) {
    case null:
      return [];
    case 'rebuild':
      return [
        {
          code: 'rebuild-swaps',
          text: 'the projector stands aside while a rebuild swaps the documents',
          remedy: 'it goes on by itself within seconds',
        },
      ];
    case 'pause':
      return [
        {
          code: 'projection-paused',
          text: `${name} is paused: changes wait in Kafka`,
          remedy: `readside projections resume ${name}`,
          act: { act: 'projection-resume', params: { projection: name } },
        },
      ];
    case 'rolled-back':
      return [
        {
          code: 'projector-rolled-back',
          text: `${name} was rolled back from version ${version}, which this projector is of`,
          remedy: `end it, or readside apply ${name}`,
        },
      ];
    case 'newer-version':
      return [
        {
          code: 'projector-superseded',
          text: `the documents of ${name} were built by a newer version, and this projector is of version ${version}`,
          remedy: 'end it; projectors of the newer version go on',
        },
      ];
  }
}
