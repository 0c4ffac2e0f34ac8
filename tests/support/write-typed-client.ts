/** `npm run client:write`: writes examples/typed-client/generated/ from the documents of the two APIs. */
import { writeFileSync } from 'node:fs';
import { openapiDocuments } from './openapi-documents.ts';
import { CLIENT_FOLDER, typedClient } from './typed-client.ts';

const { 'write-api': writes, 'read-api': reads } = await openapiDocuments();
for (const [name, document] of Object.entries({ 'write-api': writes, 'read-api': reads })) {
  writeFileSync(new URL(`${name}.ts`, CLIENT_FOLDER), await typedClient(document));
  process.stdout.write(`examples/typed-client/generated/${name}.ts\n`);
}
