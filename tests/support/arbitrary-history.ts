/**
 * Histories of the profile's tables: a small database in memory runs random transactions and emits what Debezium would, by
 * document. It knows nothing of evolve: the documents that must come out are computed from its rows.
 */
import * as fc from 'fast-check';
import type { ChangeEvent, Op, RawRow } from '../../services/shared/projection/change-event.ts';
import { changesOf } from './given-when-then.ts';
import { documentOf } from './histories/told-documents.ts';
import { addressRow, userRow } from './profile-rows.ts';

export interface History {
  readonly changes: readonly ChangeEvent[];
  /** User id → the document that its rows make. */
  readonly documents: ReadonlyMap<string, object>;
}

export const USERS = ['user-a', 'user-b', 'user-c'];
const KEYS = ['theme', '__proto__', 'a.b', '$ref'];

const user = fc.constantFrom(...USERS);
const key = fc.constantFrom(...KEYS);
const address = fc.nat(4);
const second = fc.nat(3);
const small = fc.nat(99);

const statement = fc.oneof(
  fc.record({ do: fc.constant('insert user' as const), user }),
  fc.record({ do: fc.constant('update user' as const), user }),
  fc.record({ do: fc.constant('update every user' as const) }),
  fc.record({ do: fc.constant('rename user' as const), user, to: user }),
  fc.record({ do: fc.constant('delete user' as const), user }),
  fc.record({ do: fc.constant('put address' as const), user, address, second }),
  fc.record({ do: fc.constant('rename address' as const), address, to: address }),
  fc.record({ do: fc.constant('delete address' as const), address }),
  fc.record({ do: fc.constant('put preference' as const), user, key, value: small }),
  fc.record({ do: fc.constant('rename preference' as const), user, key, to: key }),
  fc.record({ do: fc.constant('delete preference' as const), user, key }),
  fc.record({ do: fc.constant('snapshot' as const), childrenFirst: fc.boolean() }),
);
type Statement = typeof statement extends fc.Arbitrary<infer S> ? S : never;

/** Rows that were there before the connector came are told by its first snapshot, table by table. */
const firstSnapshot = fc.option(
  fc.record({ rows: fc.array(statement, { maxLength: 10, size: 'max' }), childrenFirst: fc.boolean() }),
);
const transactions = fc.array(fc.array(statement, { minLength: 1, maxLength: 5 }), {
  maxLength: 25,
  size: 'max',
});

export const arbitraryHistory: fc.Arbitrary<History> = fc
  .record({ firstSnapshot, transactions })
  .map((history) => {
    const database = new Database();
    if (history.firstSnapshot) {
      for (const each of history.firstSnapshot.rows) database.run(each);
      database.changes.length = 0; // nobody listened
      database.run({ do: 'snapshot', childrenFirst: history.firstSnapshot.childrenFirst });
    }
    for (const transaction of history.transactions) {
      database.begin();
      for (const each of transaction) database.run(each);
    }
    return { changes: database.changes, documents: database.documents() };
  });

interface Child {
  readonly user: string;
  readonly row: RawRow;
}

class Database {
  readonly changes: ChangeEvent[] = [];
  readonly #users = new Map<string, RawRow>();
  readonly #addresses = new Map<number, Child>();
  readonly #preferences = new Map<string, Child>();
  #transaction = 1;
  #version = 0;

  begin(): void {
    this.#transaction += 1;
  }

  run(next: Statement): void {
    switch (next.do) {
      case 'insert user':
        if (!this.#users.has(next.user)) this.#putUser(next.user);
        break;
      case 'update user':
        if (this.#users.has(next.user)) this.#putUser(next.user);
        break;
      case 'update every user':
        for (const id of this.#users.keys()) this.#putUser(id);
        break;
      case 'rename user': {
        const children = [...this.#addresses.values(), ...this.#preferences.values()];
        // The foreign keys do not follow: only a user without children can get another id.
        if (children.some((child) => child.user === next.user)) break;
        if (!this.#users.has(next.user) || this.#users.has(next.to)) break;
        this.#deleteUser(next.user);
        this.#putUser(next.to);
        break;
      }
      case 'delete user':
        this.#deleteUser(next.user);
        break;
      case 'put address': {
        if (!this.#users.has(next.user)) break;
        const created_at = `2026-01-01T00:00:0${next.second}Z`;
        const row = addressRow(addressId(next.address), { user_id: next.user, created_at });
        this.#put(this.#addresses, 'addresses', next.address, { user: next.user, row });
        break;
      }
      case 'rename address': {
        const child = this.#addresses.get(next.address);
        if (!child || this.#addresses.has(next.to)) break;
        const row = { ...child.row, id: addressId(next.to) };
        this.#rename(this.#addresses, 'addresses', next.address, next.to, { ...child, row });
        break;
      }
      case 'delete address':
        this.#delete(this.#addresses, 'addresses', next.address);
        break;
      case 'put preference': {
        if (!this.#users.has(next.user)) break;
        const row = { user_id: next.user, key: next.key, value: `{"n": ${next.value}e400}` };
        const at = `${next.user}/${next.key}`;
        this.#put(this.#preferences, 'preferences', at, { user: next.user, row });
        break;
      }
      case 'rename preference': {
        const [at, to] = [next.key, next.to].map((name) => `${next.user}/${name}`);
        const child = this.#preferences.get(at ?? '');
        if (!child || at === undefined || to === undefined || this.#preferences.has(to)) break;
        const row = { ...child.row, key: next.to };
        this.#rename(this.#preferences, 'preferences', at, to, { ...child, row });
        break;
      }
      case 'delete preference':
        this.#delete(this.#preferences, 'preferences', `${next.user}/${next.key}`);
        break;
      case 'snapshot':
        this.#snapshot(next.childrenFirst);
        break;
    }
  }

  documents(): ReadonlyMap<string, object> {
    return new Map(
      [...this.#users].map(([id, row]) => [
        id,
        documentOf(row, rowsOf(this.#addresses, id), rowsOf(this.#preferences, id)),
      ]),
    );
  }

  #emit(op: Op, table: string, owner: string, before: RawRow | null, after: RawRow | null): void {
    const change = changesOf(table, owner).change(op, before, after);
    const source = {
      ...change.source,
      txId: this.#transaction,
      // Those of concurrent transactions interleave: they must decide nothing.
      lsn: 1000 + ((this.changes.length * 7) % 20),
      committedAt: change.source.committedAt + this.#transaction,
    };
    this.changes.push({ ...change, source });
  }

  /** Versions grow over all users and lives: whatever goes back shows it. */
  #putUser(id: string): void {
    this.#version += 1;
    const row = userRow({ id, version: this.#version });
    const before = this.#users.get(id) ?? null;
    this.#users.set(id, row);
    this.#emit(before ? 'u' : 'c', 'users', id, before, row);
  }

  /** The root's delete first, then the children's: as the cascade does. */
  #deleteUser(id: string): void {
    const row = this.#users.get(id);
    if (!row) return;
    this.#users.delete(id);
    this.#emit('d', 'users', id, row, null);
    for (const [at, child] of this.#addresses)
      if (child.user === id) this.#delete(this.#addresses, 'addresses', at);
    for (const [at, child] of this.#preferences)
      if (child.user === id) this.#delete(this.#preferences, 'preferences', at);
  }

  #put<K>(children: Map<K, Child>, table: string, at: K, child: Child): void {
    const before = children.get(at);
    children.set(at, child);
    if (before?.user === child.user) {
      this.#emit('u', table, child.user, before.row, child.row);
    } else {
      // Another user's: the message key changes, so Debezium says delete and create.
      if (before) this.#emit('d', table, before.user, before.row, null);
      this.#emit('c', table, child.user, null, child.row);
    }
  }

  #rename<K>(children: Map<K, Child>, table: string, at: K, to: K, child: Child): void {
    const before = children.get(at);
    children.delete(at);
    children.set(to, child);
    this.#emit('u', table, child.user, before?.row ?? null, child.row);
  }

  #delete<K>(children: Map<K, Child>, table: string, at: K): void {
    const child = children.get(at);
    if (!child) return;
    children.delete(at);
    this.#emit('d', table, child.user, child.row, null);
  }

  #snapshot(childrenFirst: boolean): void {
    const roots = (): void => {
      for (const [id, row] of this.#users) this.#emit('r', 'users', id, null, row);
    };
    if (!childrenFirst) roots();
    for (const { user: owner, row } of this.#addresses.values())
      this.#emit('r', 'addresses', owner, null, row);
    for (const { user: owner, row } of this.#preferences.values())
      this.#emit('r', 'preferences', owner, null, row);
    if (childrenFirst) roots();
  }
}

function rowsOf(children: ReadonlyMap<unknown, Child>, owner: string): readonly RawRow[] {
  return [...children.values()].filter((child) => child.user === owner).map(({ row }) => row);
}

function addressId(n: number): string {
  return `aaaaaaaa-0000-7000-8000-00000000000${n}`;
}
