/** The profile from a topic of the benchmark's own. */
import profile from '../../projections/profile.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';

export default defineProjection({
  ...profile.definition,
  name: 'replayed',
  stream: 'replay',
  resource: 'replayed',
});
