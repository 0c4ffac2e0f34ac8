/** `readside migrate`: roles, tables, guards, publication and the source views in Postgres. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { Type } from 'typebox';
import { folderOf, MIGRATIONS } from '../../services/shared/application.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { loadConfig } from '../../services/shared/config.ts';
import { loadProjections } from '../../services/shared/load-projection.ts';
import { migrate } from '../../services/shared/foundation/migrate.ts';
import type { RolePasswords } from '../../services/shared/foundation/roles.ts';
import { readJson } from '../../stack/json-file.ts';
import { readStackFile } from '../local/stack-file.ts';
import type { Environment, GlobalOptions } from './environment.ts';

const Password = Type.String({ minLength: 1 });
const MigrateConfig = Type.Object({
  ADMIN_DATABASE_URL: Type.String({ pattern: '^postgres(ql)?://' }),
  OWNER_PASSWORD: Password,
  WRITER_PASSWORD: Password,
  REPLICATOR_PASSWORD: Password,
  READER_PASSWORD: Password,
});

interface Target {
  readonly adminUrl: string;
  readonly passwords: RolePasswords;
}

export function addMigrate(program: Command, environment: Environment): void {
  program
    .command('migrate')
    .description('bring the source database to the present schema: roles, tables, publication, source views')
    .option('--json', 'print what was applied as JSON', false)
    .addHelpText(
      'after',
      '\nWithout a local system: ADMIN_DATABASE_URL (a superuser), OWNER_PASSWORD, WRITER_PASSWORD, REPLICATOR_PASSWORD, READER_PASSWORD.',
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { json: boolean }>();
      const target = targetOf(options.data, environment);
      const projections = await loadProjections(options.application);
      const folder = folderOf(options.application, MIGRATIONS);
      const log = (line: string): void => void (options.json || process.stdout.write(`${line}\n`));
      const applied = await migrate({ ...target, folder, log });
      await installSourceViews(target.adminUrl, projections);
      const views = projections.map(({ sourceView }) => sourceView.name);
      if (options.json) process.stdout.write(`${JSON.stringify({ applied, views })}\n`);
      else log(`source views: ${views.join(', ')}`);
    });
}

/** What the environment names, else the local system. */
function targetOf(dataDir: string, { env }: Environment): Target {
  const local = readStackFile(dataDir);
  if (env['ADMIN_DATABASE_URL'] === undefined && local) {
    return {
      adminUrl: local.postgresUrl,
      passwords: readJson(join(dataDir, 'secrets.json')) as RolePasswords,
    };
  }
  const config = loadConfig(MigrateConfig, env);
  return {
    adminUrl: config.ADMIN_DATABASE_URL,
    passwords: {
      owner: config.OWNER_PASSWORD,
      writer: config.WRITER_PASSWORD,
      replicator: config.REPLICATOR_PASSWORD,
      reader: config.READER_PASSWORD,
    },
  };
}
