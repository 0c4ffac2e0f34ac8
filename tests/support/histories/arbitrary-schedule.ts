/** What happens to two projectors of one group while a history comes through: the order of all that the machine decides. */
import * as fc from 'fast-check';

export const PROJECTORS = 2;
export const PARTITIONS = 2;

const projector = fc.nat(PROJECTORS - 1);
const partition = fc.nat(PARTITIONS - 1);
const few = fc.integer({ min: 1, max: 6 });

const event = fc.oneof(
  // Takes the next changes, or does the next documents of the load or save under way.
  { weight: 24, arbitrary: fc.record({ do: fc.constant('go on' as const), projector, partition, few }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('commit' as const), projector, partition }) },
  // `late`: a save that was on its way arrives after its sender's death.
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), projector, late: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('late save' as const), few }) },
  // The link breaks: part of it may be done, and the same batch is tried again.
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lose the answer' as const), projector, partition }) },
  // Not `told`: the former owner goes on with what it has, a zombie, until the broker refuses its commit.
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('assign' as const), projector, partition, told: fc.boolean() }),
  },
  // Somebody resets the group, or the broker lost its newest commits.
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rewind' as const), partition, back: fc.nat(20) }) },
);
export type ScheduledEvent = typeof event extends fc.Arbitrary<infer E> ? E : never;

export interface Schedule {
  readonly events: readonly ScheduledEvent[];
  /** Whether what zombies and dead projectors left behind reaches the store after all else was delivered. */
  readonly zombiesLast: boolean;
  /** Indices of changes whose bytes nobody can read. */
  readonly damaged: readonly number[];
}

export const arbitrarySchedule: fc.Arbitrary<Schedule> = fc.record({
  events: fc.array(event, { maxLength: 120, size: 'max' }),
  zombiesLast: fc.boolean(),
  damaged: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.nat(60), { minLength: 1, maxLength: 2 }) },
  ),
});
