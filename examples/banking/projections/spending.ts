/** What each customer's account takes in and gives out, by month and category: counted as entries come, and never added up for a reader. */
import { grouped, spanOf, table, valueOf } from '../../../services/shared/projection/definition.ts';
import {
  from,
  integer,
  like,
  nullable,
  text,
  timestamp,
  uuid,
} from '../../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../../services/shared/projection/projection.ts';
import { within } from '../../../services/shared/projection/within.ts';

export default defineProjection({
  name: 'spending',
  version: 1,
  stream: 'entries',
  resource: 'spending',
  root: table('emt_messages', {
    key: 'id',
    fields: {
      id: from('message_id', uuid),
      account: from('stream_id', uuid),
      event: from('message_type', text),
      kind: within('message_data', 'kind', text),
      credit: within('message_data', 'credit', integer),
      debit: within('message_data', 'debit', like(1250, integer)),
      category: nullable(within('message_data', 'category', like('rent', text))),
      at: within('message_data', 'at', timestamp),
    },
  }),
  tallies: {
    spending: grouped({
      by: { account: valueOf('account'), month: spanOf('month', 'at'), category: valueOf('category') },
      sum: ['credit', 'debit'],
      where: { kind: ['customer'], event: ['AccountCredited', 'AccountDebited'] },
    }),
  },
});
