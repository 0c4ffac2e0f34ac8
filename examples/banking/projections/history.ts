/** What each account was at any moment: the balance's own document, which keeps its past. */
import { defineProjection } from '../../../services/shared/projection/projection.ts';
import balance from './balance.ts';

const { stream, resource, root } = balance.definition;

export default defineProjection({
  name: 'history',
  version: 1,
  stream,
  resource: 'account_histories',
  root,
  history: { of: resource, keep: 1000, days: 365 },
});
