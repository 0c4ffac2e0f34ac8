import pc from 'picocolors';
import type { Application } from '../../services/shared/application.ts';
import type { StackFile } from '../local/stack-file.ts';

export interface Started {
  readonly system: StackFile;
  readonly application: Application;
  /** Options by which the verbs find it; empty: they need none. */
  readonly found: string;
  /** Of the profile that the demo made; null: none. */
  readonly id: string | null;
}

/** What to try next; standard output. */
export function printWelcome({ system, application, found, id }: Started): void {
  const { writeApiUrl, readApiUrl, consoleUrl, profilePageUrl } = system;
  const auth = system.token === null ? '' : ` -H "authorization: Bearer $TOKEN"`;
  const own = application.folder === '' ? profileCommands(system, id ?? '<id>', auth) : '';
  process.stdout.write(`
${pc.bold('Readside runs')}${application.folder === '' ? '' : `: ${application.title}`}
${page('Console', consoleUrl && withToken(consoleUrl, system.token))}${page('Profile page', profilePageUrl && `${profilePageUrl}/`)}  write API     ${writeApiUrl}/docs
  read API      ${readApiUrl}/docs
  Connect       ${system.connectUrl}/connectors

${pc.bold('Try')}
${system.token === null ? '' : `  TOKEN=${system.token}   # everything, for a day\n`}${own}${application.try.map((path) => `  curl -i${auth} '${readApiUrl}${path}'\n`).join('')}
npm run readside -- ${found}status   shows how it is. Ctrl-C stops everything; the data stays.
`);
}

function page(name: string, url: string | null): string {
  return url === null ? '' : `  ${pc.bold(name.padEnd(12))}  ${url}\n`;
}

/** Behind the #, which a browser keeps to itself: no server's log has it. */
function withToken(url: string, token: string | null): string {
  return token === null ? `${url}/` : `${url}/#token=${token}`;
}

function profileCommands(system: StackFile, id: string, auth: string): string {
  const { writeApiUrl, readApiUrl } = system;
  const json = "-H 'content-type: application/json'";
  return `  curl -i${auth} ${writeApiUrl}/users ${json} -d '{"email":"grace@example.com","fullName":"Grace Hopper"}'
  curl -i${auth} -X PATCH ${writeApiUrl}/users/${id}/preferences ${json} -d '{"theme":"light"}'
  curl -i${auth} ${readApiUrl}/profiles/${id}
${others(system, id, auth)}`;
}

/** Of the read models beside the profiles, those that run. */
function others({ readApiUrl, projectors }: StackFile, profile: string, auth: string): string {
  const paths = {
    directory: 'directory?q=gra',
    insights: 'insights',
    history: `profiles/${profile}/history`,
  };
  return Object.entries(paths)
    .filter(([name]) => projectors[name]?.stopped === false)
    .map(([, path]) => `  curl -i${auth} '${readApiUrl}/${path}'\n`)
    .join('');
}
