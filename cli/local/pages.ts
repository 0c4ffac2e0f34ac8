/** Pages that people look at while a local system runs: each a process of its own, beside the services. */
import type { Supervised } from '../../stack/supervisor.ts';
import { startService } from './services.ts';
import type { ServicesOptions } from './services.ts';

export const PAGE_NAMES = ['console', 'profilePage'] as const;
export type PageName = (typeof PAGE_NAMES)[number];

interface Page {
  readonly port: number;
  readonly program: string;
  readonly env: (options: ServicesOptions) => Readonly<Record<string, string>>;
}

const PAGES: Readonly<Record<PageName, Page>> = {
  console: {
    port: 3000,
    program: 'services/console/server.ts',
    // As a terminal has it: whoever runs the system may do everything.
    env: ({ stack, dataDir, ports }) => ({
      WRITE_API_URL: localUrl(ports, 'writeApi'),
      READ_API_URL: localUrl(ports, 'readApi'),
      PROJECTOR_URLS: '',
      DATABASE_URL: stack.endpoints.postgresUrl,
      MONGODB_URL: stack.endpoints.mongoUrl,
      KAFKA_BROKERS: stack.endpoints.kafkaBrokers,
      CONNECT_URL: stack.endpoints.connectUrl,
      READSIDE_DATA: dataDir,
    }),
  },
  profilePage: {
    port: 3010,
    program: 'examples/profile-page/server.ts',
    env: ({ ports, dataDir }) => ({
      WRITE_API_URL: localUrl(ports, 'writeApi'),
      READ_API_URL: localUrl(ports, 'readApi'),
      READSIDE_DATA: dataDir,
    }),
  },
};

/** Of one that is not there yet: that it answers is all. */
const READY = '/livez';

export function pagePorts(names: readonly PageName[]): Readonly<Record<string, number>> {
  return Object.fromEntries(names.map((name) => [name, PAGES[name].port]));
}

export function startPages(
  options: ServicesOptions,
  names: readonly PageName[],
): Readonly<Partial<Record<PageName, Supervised>>> {
  return Object.fromEntries(
    names.map((name) => {
      const { program, env } = PAGES[name];
      return [name, startService(options, { name, program, env: env(options), ready: READY })];
    }),
  );
}

export function localUrl(ports: Readonly<Record<string, number>>, name: string): string {
  return `http://127.0.0.1:${ports[name]}`;
}
