import { insert } from '../scenario-rows.ts';
import type { Scenario } from '../scenarios.ts';

const FOUNDED = '2020-02-29T12:00:00.5Z';

export const teamScenarios: readonly Scenario[] = [
  {
    name: 'teams',
    tells:
      'the second read model: integer keys, decimals, renamed columns, a member who changes teams, a delete',
    ids: ['1', '2', '-3'],
    async run(client) {
      const team = (id: number, budget: string, settings: string | null): Promise<void> =>
        insert(client, 'teams', { id, team_name: `Team ${id}`, budget, settings, founded_at: FOUNDED });
      await team(1, '12345678901234567890.10', '{ "z": 1, "a" : [1e400] }');
      await team(2, '-0.000', 'null');
      await team(-3, '1e40', null);
      const member = (handle: string, in_team: number, rank: number, fee: string | null): Promise<void> =>
        insert(client, 'members', { handle, team: in_team, rank, fee, joined: FOUNDED });
      await member('𝒵', 1, 2, '1.50');
      await member('\uffee', 1, 2, null);
      await member('é', 1, 2, '0.00');
      await member('z', 1, 2, '-1');
      await member('Z', 1, -1, '1234567890.99');
      await member('mover', 1, 10, null);
      await client.query("update members set team = 2, rank = 9 where handle = 'mover'");
      await insert(client, 'team_labels', { of_team: 1, label: 'sport', meaning: 'chess' });
      await insert(client, 'team_labels', { of_team: 1, label: 'none', meaning: null });
      await client.query("update team_labels set label = 'game' where label = 'sport'");
      await client.query("update teams set revision = 2, team_name = 'One' where id = 1");
      await client.query('delete from teams where id = -3');
    },
  },
];
