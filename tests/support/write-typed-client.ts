/** `npm run client:write`: writes examples/typed-client/generated/ from the documents of both APIs. */
import { writeFileSync } from 'node:fs';
import { openapiDocuments } from './openapi-documents.ts';
import { CLIENT_FOLDER, typedClient } from './typed-client.ts';

for (const [name, document] of Object.entries(await openapiDocuments())) {
  writeFileSync(new URL(`${name}.ts`, CLIENT_FOLDER), await typedClient(document));
  process.stdout.write(`examples/typed-client/generated/${name}.ts\n`);
}
