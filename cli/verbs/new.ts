/** `readside new projection <name> --table …`: a definition from Postgres' catalog, with its test, its page and what the tables lack. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import pg from 'pg';
import type { Application } from '../../services/shared/application.ts';
import { loadProjections } from '../../services/shared/load-projection.ts';
import { need, resolveContext } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { definitionText } from '../new/definition-text.ts';
import { docsText } from '../new/docs-text.ts';
import { inForm } from '../new/in-form.ts';
import { migrationText } from '../new/migration-text.ts';
import { planModel } from '../new/plan.ts';
import type { PlannedModel } from '../new/plan.ts';
import { tableFacts } from '../new/table-facts.ts';
import type { TableFacts } from '../new/table-facts.ts';
import { testText } from '../new/test-text.ts';
import { addToSidebar, writeFiles } from '../new/write-files.ts';
import type { NewFile } from '../new/write-files.ts';
import { CONNECT_MS } from '../servers.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface NewOptions extends GlobalOptions {
  readonly table: readonly string[];
  readonly stream?: string;
  readonly resource?: string;
  readonly into?: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export function addNew(program: Command, environment: Environment): void {
  program
    .command('new')
    .description('write the files of something new')
    .command('projection')
    .argument('<name>', 'of the read model: lower case letters, digits and _')
    .description(
      'write a definition from the tables as they are in Postgres, its test, its page, and what the tables lack to be captured',
    )
    .requiredOption(
      '--table <names...>',
      'tables of public: the root first, then those that refer to it, which are embedded',
    )
    .option(
      '--stream <name>',
      'whose changes it folds (default: the one that has the root’s table, else its own)',
    )
    .option(
      '--resource <name>',
      'collection in MongoDB, and path of the read API (default: the root’s table)',
    )
    .option('--into <folder>', 'the clone to write into (default: this one)')
    .option('--dry-run', 'print the files, and write nothing', false)
    .option('--json', 'print what was written as JSON', false)
    .action(async (name: string, _options: unknown, command: Command) =>
      writeProjection(name, command.optsWithGlobals<NewOptions>(), environment),
    );
}

async function writeProjection(name: string, options: NewOptions, { root, env }: Environment): Promise<void> {
  if (!/^[a-z][a-z0-9_]*$/.test(name))
    throw new CliError(EXIT.usage, `${name} is no name of a projection: lower case letters, digits and _`);
  const { application } = options;
  const { postgresUrl } = need(resolveContext(options.data, env), 'postgresUrl');
  const facts = await factsOf(postgresUrl, options.table);
  const [first = ''] = options.table;
  const model = planModel(
    {
      name,
      folder: application.folder,
      stream: options.stream ?? (await streamOf(application, first)) ?? name,
      resource: options.resource ?? first,
    },
    facts,
  );
  const into = resolve(options.into ?? root);
  const files = await inForm(into, filesOf(model, facts));
  if (options.dryRun) {
    process.stdout.write(
      options.json
        ? `${JSON.stringify(files)}\n`
        : files.map(({ path, text }) => `── ${path}\n${text}\n`).join(''),
    );
    return;
  }
  writeFiles(into, files);
  addToSidebar(into, name, `read-models/${name}.md`);
  const paths = files.map(({ path }) => path);
  const foreign = facts.filter(({ isOurs }) => !isOurs).map(({ table }) => table);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ projection: name, files: paths, leftOut: model.leftOut, foreign })}\n`
      : told(model, application, paths, foreign),
  );
}

async function factsOf(postgresUrl: string, tables: readonly string[]): Promise<readonly TableFacts[]> {
  const pool = new pg.Pool({
    connectionString: postgresUrl,
    max: 1,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'readside-new',
  });
  try {
    return await tableFacts(pool, tables);
  } finally {
    await pool.end();
  }
}

/** A table is captured by one stream. */
async function streamOf(application: Application, table: string): Promise<string | undefined> {
  const known = await loadProjections(application);
  return known.find((each) => each.tables.has(table))?.stream;
}

function filesOf(model: PlannedModel, facts: readonly TableFacts[]): readonly NewFile[] {
  const { name, folder } = model;
  const migration = migrationText(facts);
  const dashed = name.replaceAll('_', '-');
  return [
    { path: `${folder}projections/${name}.ts`, text: definitionText(model) },
    { path: `tests/spec/${dashed}.test.ts`, text: testText(model) },
    { path: `docs/read-models/${name}.md`, text: docsText(model) },
    ...(migration === null
      ? []
      : [{ path: `${folder}migrations/${Date.now()}_${dashed}-captured.sql`, text: migration }]),
  ];
}

function told(
  { name, stream, leftOut }: PlannedModel,
  { folder, choice }: Application,
  paths: readonly string[],
  foreign: readonly string[],
): string {
  const example = folder === '' ? '' : ` --example ${choice}`;
  const npmArgs = example === '' ? '' : ` --${example}`;
  return [
    ...paths.map((path) => `wrote ${path}`),
    ...leftOut.map((each) => `left out ${each}, which no field type takes`),
    ...foreign.map(
      (table) =>
        `public.${table} is not owned by the role that migrates: run what the migration says of it as its owner`,
    ),
    '',
    'Look at the definition, then:',
    `  readside${example} migrate                 what the tables lack, and the source view`,
    `  npm run connectors:write${npmArgs} && readside${example} register`,
    `  npm start${npmArgs}                        runs its projector and serves it; a table new to a stream that runs (${stream}) needs readside rebuild ${name}`,
    'docs/add-a-read-model.md goes through it step by step.',
    '',
  ].join('\n');
}
