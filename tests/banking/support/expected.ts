/**
 * What the read models must hold, computed from the rows of the events alone: apart from the engine, from the example's own folds, and from
 * what the write side says of itself, for a balance is added up here and not believed.
 */

/** A row of emt_messages; positions as Postgres prints them. */
export interface EventRow {
  readonly stream_id: string;
  readonly stream_position: string;
  readonly message_id: string;
  readonly message_type: string;
  readonly message_data: Readonly<Record<string, unknown>>;
}

export const EVENT_ROWS = `
  select stream_id, stream_position::text as stream_position, message_id, message_type, message_data
  from public.emt_messages as event order by event.stream_id, event.stream_position`;

export interface ExpectedMonth {
  readonly month: string;
  readonly opening: number;
  readonly credits: number;
  readonly debits: number;
  readonly closing: number;
  readonly entries: number;
}

export interface ExpectedAccount {
  readonly id: string;
  readonly owner: string;
  readonly kind: string;
  readonly currency: string;
  readonly status: 'open' | 'closed';
  readonly balance: number;
  /** that moved money */
  readonly entries: number;
  readonly position: number;
  readonly openedAt: string;
  readonly lastEntryAt: string | null;
  /** only those in which money moved, the first one first */
  readonly months: readonly ExpectedMonth[];
}

export interface ExpectedEntry {
  readonly id: string;
  readonly accountId: string;
  readonly position: number;
  readonly type: string;
  readonly currency: string;
  readonly credit: number;
  readonly debit: number;
  readonly balanceAfter: number;
  readonly transferId: string | null;
  readonly counterparty: string | null;
  readonly text: string;
  readonly category: string | null;
  readonly at: string;
}

export interface ExpectedSpending {
  readonly account: string;
  readonly month: string;
  readonly category: string;
  readonly count: number;
  readonly credit: number;
  readonly debit: number;
}

export interface Expected {
  readonly accounts: readonly ExpectedAccount[];
  readonly entries: readonly ExpectedEntry[];
  readonly spending: readonly ExpectedSpending[];
}

/** `rows`: all of them, of each stream in the order of its positions. */
export function expectedOf(rows: readonly EventRow[]): Expected {
  const streams = groupBy(rows, ({ stream_id }) => stream_id);
  const accounts = [...streams.values()].map(accountOf);
  const entries = [...streams.values()].flatMap(entriesOf);
  return { accounts, entries, spending: spendingOf(entries) };
}

/** What is wrong with the ledger as a whole: each line a finding. */
export function findingsIn({ accounts, entries }: Expected, rows: readonly EventRow[]): readonly string[] {
  const findings: string[] = [];
  for (const currency of new Set(accounts.map((each) => each.currency))) {
    const sum = sumOf(accounts.filter((each) => each.currency === currency).map(({ balance }) => balance));
    if (sum !== 0) findings.push(`the balances in ${currency} sum up to ${sum}`);
  }
  for (const { id, kind, balance } of accounts) {
    if (kind !== 'cash' && balance < 0) findings.push(`${id} is overdrawn: ${balance}`);
  }
  const told = new Map(rows.map((row) => [row.message_id, row.message_data['balanceAfter']]));
  for (const { id, balanceAfter } of entries) {
    if (told.get(id) !== balanceAfter)
      findings.push(`${id} tells a balance of ${String(told.get(id))}, and it is ${balanceAfter}`);
  }
  const movements = groupBy(entries, ({ transferId }) => transferId);
  for (const [id, sides] of movements) {
    const [one, other] = sides;
    const isPair =
      sides.length === 2 &&
      one?.credit === other?.debit &&
      one?.debit === other?.credit &&
      one?.accountId === other?.counterparty &&
      one?.counterparty === other?.accountId &&
      one?.currency === other?.currency;
    if (!isPair) findings.push(`the movement ${String(id)} has ${sides.length} sides that do not fit`);
  }
  for (const stream of groupBy(rows, ({ stream_id }) => stream_id).values()) {
    const id = stream[0]?.stream_id;
    if (stream.some(({ stream_position }, i) => Number(stream_position) !== i + 1))
      findings.push(`the positions of ${String(id)} have gaps`);
    const times = stream.map(({ message_data }) => String(message_data['at']));
    if (times.some((at, i) => at < (times[i - 1] ?? '')))
      findings.push(`the time of ${String(id)} goes back`);
  }
  return findings;
}

function accountOf(rows: readonly EventRow[]): ExpectedAccount {
  const [opened, ...later] = rows;
  if (opened?.message_type !== 'AccountOpened') throw new Error('a stream does not begin with its opening');
  const { owner, kind, currency, at } = opened.message_data;
  const entries = entriesOf(rows);
  return {
    id: opened.stream_id,
    owner: String(owner),
    kind: String(kind),
    currency: String(currency),
    status: later.at(-1)?.message_type === 'AccountClosed' ? 'closed' : 'open',
    balance: entries.at(-1)?.balanceAfter ?? 0,
    entries: entries.length,
    position: rows.length,
    openedAt: String(at),
    lastEntryAt: entries.at(-1)?.at ?? null,
    months: [...groupBy(entries, (entry) => entry.at.slice(0, 7))].map(([month, of]) => {
      const credits = sumOf(of.map(({ credit }) => credit));
      const debits = sumOf(of.map(({ debit }) => debit));
      const closing = of.at(-1)?.balanceAfter ?? 0;
      return { month, opening: closing - credits + debits, credits, debits, closing, entries: of.length };
    }),
  };
}

/** Of one stream, those that move money. */
function entriesOf(rows: readonly EventRow[]): readonly ExpectedEntry[] {
  let balance = 0;
  return rows.flatMap(({ stream_id, stream_position, message_id, message_type, message_data: data }) => {
    if (message_type !== 'AccountCredited' && message_type !== 'AccountDebited') return [];
    const credit = Number(data['credit']);
    const debit = Number(data['debit']);
    balance += credit - debit;
    return [
      {
        id: message_id,
        accountId: stream_id,
        position: Number(stream_position),
        type: String(data['type']),
        currency: String(data['currency']),
        credit,
        debit,
        balanceAfter: balance,
        transferId: nullOr(data['transferId']),
        counterparty: nullOr(data['counterparty']),
        text: String(data['text']),
        category: nullOr(data['category']),
        at: String(data['at']),
      },
    ];
  });
}

function spendingOf(entries: readonly ExpectedEntry[]): readonly ExpectedSpending[] {
  const groups = groupBy(entries, ({ accountId, at, category }) =>
    JSON.stringify([accountId, at.slice(0, 7), String(category)]),
  );
  return [...groups].map(([key, of]) => {
    const [account = '', month = '', category = ''] = JSON.parse(key) as readonly string[];
    const credit = sumOf(of.map((each) => each.credit));
    const debit = sumOf(of.map((each) => each.debit));
    return { account, month, category, count: of.length, credit, debit };
  });
}

function nullOr(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
