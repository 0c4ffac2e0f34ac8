/** The client of one API, in TypeScript, as it is made from its OpenAPI document. */
import { generateAst, parseSpec, printAst } from 'oazapfts';
import { createContext } from 'oazapfts/context';
import { format, resolveConfig } from 'prettier';
import type { Document } from './openapi-documents.ts';

export const CLIENT_FOLDER = new URL('../../examples/typed-client/generated/', import.meta.url);

export async function typedClient(document: Document): Promise<string> {
  const spec = await parseSpec(JSON.parse(JSON.stringify(document)));
  const ast = await generateAst(createContext(spec, { useUnknown: true }));
  const banner = `/** ${spec.info.title}: made by \`npm run client:write\` from its OpenAPI document. */\n`;
  const style = await resolveConfig(new URL('client.ts', CLIENT_FOLDER), { editorconfig: false });
  return format(banner + printAst(ast), { ...style, parser: 'typescript' });
}
