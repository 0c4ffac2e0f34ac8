/** The monthly statements of each account: folded from its events, so that what a month begins with is what the one before has left. */
import { folded } from '../../../services/shared/projection/definition.ts';
import { from, integer, json, like, text, uuid } from '../../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../../services/shared/projection/projection.ts';
import { within } from '../../../services/shared/projection/within.ts';

interface Month {
  readonly opening: number;
  readonly credits: number;
  readonly debits: number;
  readonly closing: number;
  readonly entries: number;
}

interface Statement {
  readonly owner: string;
  readonly currency: string;
  readonly balance: number;
  /** Of `2026-11` and others in which money moved. */
  readonly months: Readonly<Record<string, Month>>;
}

interface Happened {
  readonly event: string;
  readonly month: string;
  readonly credit: number;
  readonly debit: number;
  readonly data: Readonly<Record<'owner' | 'currency', string>>;
}

function evolve(statement: Statement, { event, month, credit, debit, data }: Happened): Statement {
  switch (event) {
    case 'AccountOpened':
      return { ...statement, owner: data.owner, currency: data.currency };
    case 'AccountCredited':
    case 'AccountDebited': {
      const { balance, months } = statement;
      const closing = balance + credit - debit;
      const of = months[month] ?? { opening: balance, credits: 0, debits: 0, closing: balance, entries: 0 };
      const next = {
        ...of,
        credits: of.credits + credit,
        debits: of.debits + debit,
        closing,
        entries: of.entries + 1,
      };
      return { ...statement, balance: closing, months: { ...months, [month]: next } };
    }
    case 'AccountClosed':
      return statement;
    default:
      throw new TypeError(`nobody knows what ${event} is on a statement`);
  }
}

export default defineProjection({
  name: 'statement',
  version: 1,
  stream: 'accounts',
  resource: 'statements',
  root: folded<Statement, Happened>('emt_messages', {
    // A command adds one event to each of its streams.
    eventIsWhole: true,
    key: 'id',
    position: 'version',
    event: {
      event: from('message_type', text),
      month: within('message_data', 'month', text),
      credit: within('message_data', 'credit', integer),
      debit: within('message_data', 'debit', integer),
      data: from('message_data', json),
    },
    fields: {
      id: from('stream_id', uuid),
      version: from('stream_position', integer),
      owner: like('Ada Lovelace', text),
      currency: like('EUR', text),
      balance: like(1250, integer),
      months: like(
        { '2026-11': { opening: 0, credits: 2000, debits: 750, closing: 1250, entries: 2 } },
        json,
      ),
    },
    initial: { owner: '', currency: '', balance: 0, months: {} },
    evolve,
  }),
});
