/** What each profile was, and who changed it: the profile's own document, which keeps its past. */
import { defineProjection } from '../services/shared/projection/projection.ts';
import profile from './profile.ts';

const { stream, resource, revision, root, embed } = profile.definition;

export default defineProjection({
  name: 'history',
  version: 1,
  stream,
  resource: 'profile_histories',
  ...(revision === undefined ? {} : { revision }),
  root,
  ...(embed === undefined ? {} : { embed }),
  history: { of: resource, keep: 100, days: 365, by: 'changed_by' },
});
