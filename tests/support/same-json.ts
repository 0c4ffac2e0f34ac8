import { differences as placesOf, tellDifference } from '../../services/shared/same-json.ts';

/** A line a place; empty when they are the same. */
export function differences(expected: unknown, actual: unknown): readonly string[] {
  return placesOf(expected, actual).map(tellDifference);
}
