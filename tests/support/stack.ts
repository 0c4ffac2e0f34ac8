/** The servers that `globalSetup` started for this run: it hands them to every test file in READSIDE_TEST_STACK, as JSON. */
export interface TestStack {
  /** a superuser's URL */
  readonly postgresUrl: string;
  readonly secrets: Readonly<Record<'owner' | 'writer' | 'replicator' | 'reader', string>>;
}

export function stackEndpoints(): TestStack {
  const text = process.env['READSIDE_TEST_STACK'];
  if (text === undefined) throw new Error('READSIDE_TEST_STACK is not set: jest’s globalSetup sets it');
  const { endpoints, secrets }: { endpoints: { postgresUrl: string }; secrets: TestStack['secrets'] } =
    JSON.parse(text);
  return { ...endpoints, secrets };
}
