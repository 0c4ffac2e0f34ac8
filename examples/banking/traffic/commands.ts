/**
 * Random commands of a bank, as many as anybody wants, the same for the same seed and the same outcomes. It knows what it was told of: whoever
 * sends a command says how it ended. Most make sense; some the bank refuses, for there is less money than they take.
 */
import type { Random } from '../../../services/shared/random.ts';
import type { Command as AnyCommand } from '../../traffic/command-client.ts';
import type { RandomCommands as AnyCommands } from '../../traffic/run-traffic.ts';

export type CommandName = 'openAccount' | 'depositMoney' | 'withdrawMoney' | 'transferFunds' | 'closeAccount';
export type Command = AnyCommand & { readonly name: CommandName };

export interface KnownAccount {
  readonly id: string;
  readonly currency: string;
}

export interface RandomCommands extends AnyCommands<Command> {
  /** Of a bank that has been open before. */
  readonly learn: (account: KnownAccount) => void;
  readonly anyAccount: () => string | undefined;
}

export interface Settings {
  /** that are opened before anything else is done */
  readonly accounts: number;
}

const CURRENCIES = ['EUR', 'EUR', 'EUR', 'USD', 'JPY'] as const;
const OWNERS = [
  'Ada Lovelace',
  'Grace Hopper',
  'Émilie du Châtelet',
  'Alan Turing',
  'Zoë Ørsted',
  'Łukasz Nowak',
] as const;
/** Category → what entries of it say. */
const PURPOSES = [
  ['rent', 'Rent and charges'],
  ['food', 'Market on Saturday'],
  ['food', 'Boulangerie'],
  ['travel', 'Train to Lyon'],
  ['books', 'Notes on the Engine'],
  ['salary', 'Salary'],
  ['gifts', 'For your birthday 🎂'],
  ['energy', 'Electricity'],
] as const;

export function createRandomCommands(random: Random, { accounts: wanted }: Settings): RandomCommands {
  const accounts: KnownAccount[] = [];
  const pick = <T>(from: readonly T[]): T => {
    const picked = random.pick(from);
    if (picked === undefined) throw new Error('there is nothing to pick from');
    return picked;
  };

  const openAccount = (): Command => ({
    name: 'openAccount',
    method: 'POST',
    path: '/accounts',
    body: { owner: pick(OWNERS), currency: pick(CURRENCIES) },
  });
  const onAccount = (name: CommandName, what: string, { id }: KnownAccount, body?: object): Command => ({
    name,
    method: 'POST',
    path: `/accounts/${id}/${what}`,
    ...(body !== undefined && { body }),
  });
  /** Most amounts are small, and a few more than most accounts hold. */
  const moneyIn = ({ currency }: KnownAccount, most: number): object => {
    const [category, text] = pick(PURPOSES);
    return { amount: 1 + random.below(random.chance(0.9) ? most : 10 * most), currency, text, category };
  };

  return {
    isSeeded: () => accounts.length >= wanted,
    next() {
      if (accounts.length < wanted) return openAccount();
      const account = pick(accounts);
      const roll = random.next();
      if (roll < 0.35) return onAccount('depositMoney', 'deposits', account, moneyIn(account, 50_000));
      if (roll < 0.55) return onAccount('withdrawMoney', 'withdrawals', account, moneyIn(account, 20_000));
      if (roll < 0.97) {
        const others = accounts.filter(
          ({ id, currency }) => id !== account.id && currency === account.currency,
        );
        const to = random.pick(others);
        if (to === undefined) return openAccount();
        const body = { to: to.id, ...moneyIn(account, 20_000) };
        return onAccount('transferFunds', 'transfers', account, body);
      }
      return roll < 0.985 ? openAccount() : onAccount('closeAccount', 'closure', account);
    },
    done({ name, body }, id) {
      switch (name) {
        case 'openAccount':
          accounts.push({ id, currency: (body as { readonly currency: string }).currency });
          return;
        case 'closeAccount': {
          const at = accounts.findIndex((each) => each.id === id);
          if (at !== -1) accounts.splice(at, 1);
          return;
        }
        case 'depositMoney':
        case 'withdrawMoney':
        case 'transferFunds':
      }
    },
    learn: (account) => void accounts.push(account),
    anyAccount: () => random.pick(accounts)?.id,
  };
}
