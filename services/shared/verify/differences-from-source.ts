import { parseLossless } from '../lossless-json.ts';
import type { Projection } from '../projection/projection.ts';
import { differences } from '../same-json.ts';
import type { Difference } from '../same-json.ts';
import { contentOf } from '../stored-document.ts';

/** Where a document, as it is served, is not what SQL says; and where it says that it counts in what such a document does not. */
export function differencesFromSource(
  projection: Projection,
  source: string,
  served: string,
  tallies: unknown,
): readonly Difference[] {
  const { talliesOf } = projection;
  return [
    ...differences(parseLossless(source), parseLossless(served)),
    ...(talliesOf === null ? [] : differences(talliesOf(contentOf(projection, source)), tallies, '_tallies')),
  ];
}
