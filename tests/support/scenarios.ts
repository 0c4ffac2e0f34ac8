/** What is recorded, in the order of recording. Every scenario has users of its own. */
import type pg from 'pg';
import { addressScenarios } from './scenarios/addresses.ts';
import { preferenceScenarios } from './scenarios/preferences.ts';
import { firstSnapshot, secondSnapshot } from './scenarios/snapshots.ts';
import { teamScenarios } from './scenarios/teams.ts';
import { transactionScenarios } from './scenarios/transactions.ts';
import { userScenarios } from './scenarios/users.ts';

export interface Scenario {
  /** Name of the file. */
  readonly name: string;
  readonly tells: string;
  /** Ids of the documents whose changes are recorded. */
  readonly ids: readonly string[];
  /** Changes without a key are recorded too. */
  readonly withoutKey?: true;
  /** `client` is a superuser's connection; `connect` opens others. */
  readonly run: (client: pg.Client, connect: () => Promise<pg.Client>) => Promise<void>;
  /** What happens while there is no connector. */
  readonly unseen?: (client: pg.Client) => Promise<void>;
}

export const beforeSnapshot: readonly Scenario[] = [firstSnapshot];

export const streamed: readonly Scenario[] = [
  ...userScenarios,
  ...addressScenarios,
  ...preferenceScenarios,
  ...teamScenarios,
  // Last, for TRUNCATE takes every preference with it.
  ...transactionScenarios,
];

export const afterSnapshot: readonly Scenario[] = [secondSnapshot];
