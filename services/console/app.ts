/** The console's HTTP application: its page, what the page watches, asks and does. Owns no port; its processes end with it. */
import { createHttpApp } from '../shared/http-app.ts';
import type { HttpApp } from '../shared/http-app.ts';
import type { Protection } from '../shared/auth/protection.ts';
import type { Logger } from '../shared/logger.ts';
import { servePage } from '../shared/serve-page.ts';
import { createJobs } from './commands/jobs.ts';
import { createAsk } from './commands/questions.ts';
import type { Readside } from './commands/readside.ts';
import { createHistory } from './live/history.ts';
import { createHub } from './live/hub.ts';
import { watchStatus } from './live/watch-status.ts';
import { addActRoutes } from './routes/acts.ts';
import { addLiveRoutes } from './routes/live.ts';
import { addQuestionRoutes } from './routes/questions.ts';

const TAGS = [
  { name: 'live', description: 'How the system is, as it changes.' },
  { name: 'acts', description: 'What heals or changes something: each a run of the readside command.' },
  { name: 'questions', description: 'What is in quarantine, and where a document came from.' },
];

const HISTORY_MS = 15 * 60_000;
const HISTORY_INTERVAL_MS = 3000;
const MOST_WATCHERS = 50;
const HEARTBEAT_MS = 15_000;

export interface ConsoleOptions {
  readonly readside: Readside;
  /** Of the page, as it was compiled. */
  readonly pageFolder: string;
  /** Who acts where everybody is let in. */
  readonly nobody: string;
  readonly logger: Logger;
  readonly version: string;
  readonly protection: Protection;
}

export async function createConsole(options: ConsoleOptions): Promise<HttpApp> {
  const { readside, pageFolder, nobody, logger, version, protection } = options;
  const hub = createHub({
    mostWatchers: MOST_WATCHERS,
    heartbeatMs: HEARTBEAT_MS,
  });
  const history = createHistory(HISTORY_MS, HISTORY_INTERVAL_MS);
  const jobs = createJobs(readside, (all) => hub.publish('jobs', all), logger);
  hub.publish('jobs', jobs.list());
  const watch = watchStatus(
    readside,
    {
      onReport(report) {
        hub.forget('gone');
        hub.publish('status', report);
        history.add(report);
      },
      onGone(why) {
        hub.publish('gone', { why });
        history.addGap(new Date());
      },
    },
    logger,
  );
  const app = await createHttpApp({
    logger,
    title: 'Readside console',
    description:
      'How the system is, and what heals it. Everything is done by the `readside` command, so that a terminal shows and does the same.',
    version,
    tags: TAGS,
    protection,
    isForBrowsers: true,
    readiness: {},
    optional: { status: () => Promise.resolve(watch.why()) },
  });
  // Before the server waits for its open requests: streams, and questions that are being answered, would keep it.
  app.addHook('preClose', async () => {
    hub.stop();
    watch.stop();
    await readside.stop();
  });
  addLiveRoutes(app, hub, history);
  addActRoutes(app, jobs, nobody);
  addQuestionRoutes(app, createAsk(readside));
  await servePage(app, { folder: pageFolder, assets: ['lit-html', 'uplot'] });
  return app;
}
