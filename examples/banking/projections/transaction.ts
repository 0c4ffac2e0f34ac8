/** Each entry of an account, one document an event: listed newest first, searched by its text. The id is an event's, and so it is another stream. */
import { table } from '../../../services/shared/projection/definition.ts';
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

const ofData = 'message_data';

export default defineProjection({
  name: 'transaction',
  version: 1,
  stream: 'entries',
  resource: 'transactions',
  root: table('emt_messages', {
    key: 'id',
    fields: {
      id: from('message_id', uuid),
      account: from('stream_id', uuid),
      position: from('stream_position', integer),
      kind: within(ofData, 'kind', like('customer', text)),
      type: within(ofData, 'type', like('transfer', text)),
      currency: within(ofData, 'currency', like('EUR', text)),
      credit: within(ofData, 'credit', like(0, integer)),
      debit: within(ofData, 'debit', like(1250, integer)),
      balanceAfter: within(ofData, 'balanceAfter', like(3000, integer)),
      transferId: nullable(within(ofData, 'transferId', uuid)),
      counterparty: nullable(within(ofData, 'counterparty', uuid)),
      text: within(ofData, 'text', like('Rent for November', text)),
      category: nullable(within(ofData, 'category', like('rent', text))),
      month: within(ofData, 'month', like('2026-11', text)),
      at: within(ofData, 'at', timestamp),
    },
  }),
  filters: {
    account: 'account',
    type: 'type',
    category: 'category',
    month: 'month',
    transfer: 'transferId',
  },
  search: {
    text: ['text'],
    sorts: { at: 'at', position: 'position' },
    facets: { type: 'type', category: 'category', month: 'month' },
  },
});
