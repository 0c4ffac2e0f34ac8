/** What each account is now: folded from its events, one document an account. */
import { folded } from '../../../services/shared/projection/definition.ts';
import {
  from,
  integer,
  json,
  like,
  nullable,
  text,
  timestamp,
  uuid,
} from '../../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../../services/shared/projection/projection.ts';
import { within } from '../../../services/shared/projection/within.ts';

interface Balance {
  readonly owner: string;
  readonly kind: string;
  readonly currency: string;
  readonly status: 'open' | 'closed';
  /** In the smallest unit of the currency. */
  readonly balance: number;
  /** In which money moved. */
  readonly entries: number;
  readonly openedAt: string;
  readonly lastEntry: LastEntry | null;
}

interface LastEntry {
  readonly type: string;
  readonly credit: number;
  readonly debit: number;
  readonly text: string;
  readonly at: string;
}

interface Happened {
  readonly event: string;
  readonly credit: number;
  readonly debit: number;
  readonly at: string;
  readonly data: Readonly<Record<'owner' | 'kind' | 'currency' | 'type' | 'text', string>>;
}

function evolve(account: Balance, { event, credit, debit, at, data }: Happened): Balance {
  switch (event) {
    case 'AccountOpened': {
      const { owner, kind, currency } = data;
      return { ...account, owner, kind, currency, openedAt: at };
    }
    case 'AccountCredited':
    case 'AccountDebited':
      return {
        ...account,
        balance: account.balance + credit - debit,
        entries: account.entries + 1,
        lastEntry: { type: data.type, credit, debit, text: data.text, at },
      };
    case 'AccountClosed':
      return { ...account, status: 'closed' };
    default:
      throw new TypeError(`nobody knows what ${event} does to an account`);
  }
}

export default defineProjection({
  name: 'balance',
  version: 1,
  stream: 'accounts',
  resource: 'balances',
  root: folded<Balance, Happened>('emt_messages', {
    // A command adds one event to each of its streams.
    eventIsWhole: true,
    key: 'id',
    position: 'version',
    event: {
      event: from('message_type', text),
      credit: within('message_data', 'credit', integer),
      debit: within('message_data', 'debit', integer),
      at: within('message_data', 'at', timestamp),
      data: from('message_data', json),
    },
    fields: {
      id: from('stream_id', uuid),
      version: from('stream_position', integer),
      owner: like('Ada Lovelace', text),
      kind: like('customer', text),
      currency: like('EUR', text),
      status: like('open', text),
      balance: like(1250, integer),
      entries: integer,
      openedAt: timestamp,
      lastEntry: nullable(json),
    },
    initial: {
      owner: '',
      kind: '',
      currency: '',
      status: 'open',
      balance: 0,
      entries: 0,
      openedAt: '',
      lastEntry: null,
    },
    evolve,
  }),
  filters: { status: 'status', currency: 'currency', kind: 'kind' },
  search: {
    text: ['owner'],
    sorts: { owner: 'owner', balance: 'balance', opened: 'openedAt' },
    facets: { currency: 'currency', status: 'status', kind: 'kind' },
  },
});
