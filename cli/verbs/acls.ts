/** `readside acls`: the rights in Kafka that each of our identities needs, for whatever grants them there. Asks no server. */
import type { Command } from 'commander';
import { kafkaRights } from '../../services/shared/kafka-rights.ts';
import { loadProjections } from '../../services/shared/load-projection.ts';
import type { Environment, GlobalOptions } from './environment.ts';

export function addAcls(program: Command, _environment: Environment): void {
  program
    .command('acls')
    .description('the rights in Kafka that the connector, the projectors and an operator need')
    .option('--json', 'print the result as JSON', false)
    .action((_options: unknown, command: Command) => acls(command.optsWithGlobals<AclsOptions>()));
}

type AclsOptions = GlobalOptions & { readonly json: boolean };

async function acls({ application, json }: AclsOptions): Promise<void> {
  const rights = kafkaRights(await loadProjections(application));
  if (json) {
    process.stdout.write(`${JSON.stringify(rights)}\n`);
    return;
  }
  for (const [identity, those] of Object.entries(rights))
    for (const { resource, name, prefixed, operations } of those)
      process.stdout.write(
        `${identity.padEnd(10)} ${resource.padEnd(16)} ${`${name}${prefixed ? '*' : ''}`.padEnd(44)} ${operations.join(', ')}\n`,
      );
}
