/** The OpenAPI documents of the two APIs and the console as they serve them by default, with tokens, had from them without any server. */
import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';
import { pino } from 'pino';
import directory from '../../projections/directory.ts';
import history from '../../projections/history.ts';
import insights from '../../projections/insights.ts';
import profile from '../../projections/profile.ts';
import type { Protection } from '../../services/shared/auth/protection.ts';
import type { HttpApp } from '../../services/shared/http-app.ts';
import { createConsole } from '../../services/console/app.ts';
import { createMongoClient } from '../../services/read-api/readers/mongo-client.ts';
import { createReadApi } from '../../services/read-api/app.ts';
import { createWriteApi } from '../../services/write-api/app.ts';
import { idleReadside } from './idle-readside.ts';

const PROTECTED: Protection = {
  verify: () => Promise.reject(new TypeError('nobody is asked for')),
  requestsPerMinute: 6000,
  maxDelayMs: 2000,
};
const common = { logger: pino({ level: 'silent' }), version: '0.1.0', protection: PROTECTED };

export type Document = ReturnType<HttpApp['swagger']>;

export type Documents = Readonly<Record<'write-api' | 'read-api' | 'console', Document>>;

export async function openapiDocuments(): Promise<Documents> {
  const mongo = createMongoClient({ url: 'mongodb://127.0.0.1:1/none', poolSize: 1, timeoutMs: 1000 });
  const writes = await createWriteApi({ ...common, pool: new Pool() });
  const reads = await createReadApi({
    ...common,
    projections: [profile, directory, history, insights],
    mongo,
    source: null,
    mongoTimeoutMs: 1000,
    maxWaitSeconds: 0,
    maxWaiters: 0,
    maxStreams: 0,
    maxStreamsPerSubject: 1,
    cacheMaxBytes: 0,
    cacheMaxAgeMs: 0,
  });
  const console = await createConsole({
    ...common,
    readside: idleReadside(),
    pageFolder: fileURLToPath(new URL('../../services/console/page', import.meta.url)),
    nobody: '',
  });
  const apps = [writes, reads, console];
  try {
    await Promise.all(apps.map((app) => app.ready()));
    return { 'write-api': writes.swagger(), 'read-api': reads.swagger(), console: console.swagger() };
  } finally {
    await Promise.all(apps.map((app) => app.close()));
    await mongo.close();
  }
}
