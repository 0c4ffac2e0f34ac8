import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { Logger } from '../shared/logger.ts';

const POLL_MS = 250;

/** kafkajs throws on a topic that does not exist, and projector and connector may be started in any order (design §4). */
export async function waitForTopic(
  admin: Admin,
  topic: string,
  signal: AbortSignal,
  logger: Logger,
): Promise<void> {
  let told = false;
  while (!(await admin.listTopics()).includes(topic)) {
    if (!told) logger.info({ topic }, 'waiting for the topic; `readside register` makes it');
    told = true;
    await sleep(POLL_MS, undefined, { signal });
  }
}
