/** The life of an application as a process: random commands at a rate, and the reads that go with them, until it is stopped. */
import { setTimeout as sleep } from 'node:timers/promises';
import { UNPROTECTED } from '../../services/shared/auth/protection.ts';
import { loadConfig } from '../../services/shared/config.ts';
import { createHttpApp } from '../../services/shared/http-app.ts';
import { createLogger } from '../../services/shared/logger.ts';
import type { Logger } from '../../services/shared/logger.ts';
import { createRandom } from '../../services/shared/random.ts';
import type { Random } from '../../services/shared/random.ts';
import { runService } from '../../services/shared/run-service.ts';
import { createCommandClient } from './command-client.ts';
import type { Command, Outcome, SendCommand } from './command-client.ts';
import { TrafficConfig } from './config.ts';
import { createReads } from './reads.ts';
import type { Reads } from './reads.ts';

export interface RandomCommands<C extends Command> {
  readonly next: () => C;
  /** `id`: of what it was on or has made. A command that was refused is not told of. */
  readonly done: (command: C, id: string) => void;
  /** Whether what later commands need is there. */
  readonly isSeeded: () => boolean;
}

/** What an application gives. */
export interface Life<C extends Command, R extends RandomCommands<C>> {
  readonly title: string;
  /** kinds that a command may meet which makes sense */
  readonly refusals: ReadonlySet<string>;
  readonly createCommands: (random: Random) => R;
  /** Before the first command: what is there already. May reject. */
  readonly begin: (commands: R, reads: Reads) => Promise<void>;
  /** After each command that was done, the `count`th that was sent. Answers reads that did not end well. May reject. */
  readonly look: (
    command: C,
    done: Extract<Outcome, { kind: 'done' }>,
    commands: R,
    reads: Reads,
    count: number,
  ) => Promise<readonly string[]>;
}

const VERSION = '0.1.0';
/** Commands under way: beyond them the application is slower than the rate, and so are we. */
const MOST_AT_ONCE = 16;
const AFTER_UNEXPECTED_MS = 1000;

export async function runTraffic<C extends Command, R extends RandomCommands<C>>(
  env: NodeJS.ProcessEnv,
  life: Life<C, R>,
): Promise<void> {
  await runService(
    () => loadConfig(TrafficConfig, env),
    (config) => createLogger('traffic', config.LOG_LEVEL),
    async (config, scope, logger) => {
      const seed = config.SEED ?? Date.now();
      const token = config.TOKEN ?? null;
      const stopping = new AbortController();
      const { signal } = stopping;
      const commands = life.createCommands(createRandom(seed));
      const app = await createHttpApp({
        logger,
        title: life.title,
        description: 'Makes commands and reads until it is stopped.',
        version: VERSION,
        protection: UNPROTECTED,
        readiness: { commands: async () => (commands.isSeeded() ? null : 'there is nothing yet to act on') },
      });
      scope.defer(() => app.close());
      const reads = createReads(config.READ_API_URL, token, signal);
      const send = createCommandClient({
        writeApiUrl: config.WRITE_API_URL,
        token,
        refusals: life.refusals,
        signal,
      });
      const run = `traffic-${Date.now()}`;
      const lived = live({ life, commands, send, reads, rate: config.RATE, run, signal, logger });
      lived.catch((error: unknown) => scope.fail(error instanceof Error ? error : new Error(String(error))));
      scope.defer(async () => {
        stopping.abort();
        await lived.catch(() => undefined); // it was told
      });
      const address = await app.listen({ host: config.HOST, port: config.PORT });
      logger.info({ address, seed, rate: config.RATE }, 'listening');
    },
  );
}

interface Living<C extends Command, R extends RandomCommands<C>> {
  readonly life: Life<C, R>;
  readonly commands: R;
  readonly send: SendCommand;
  readonly reads: Reads;
  /** commands a second */
  readonly rate: number;
  /** what the Idempotency-Keys begin with: no two runs have the same */
  readonly run: string;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** Resolves when it was stopped and nothing is under way. */
async function live<C extends Command, R extends RandomCommands<C>>({
  life,
  commands,
  send,
  reads,
  rate,
  run,
  signal,
  logger,
}: Living<C, R>): Promise<void> {
  // A read that fails is made again, with another command.
  await life.begin(commands, reads).catch(() => undefined);
  const underway = new Set<Promise<void>>();
  const act = async (number: number): Promise<void> => {
    const command = commands.next();
    const outcome = await send(command, `${run}-${number}`);
    if (outcome.kind === 'unexpected') {
      logger.warn({ command: command.name, answer: outcome.answer }, 'an answer that no command should get');
      // A wrong token, for example, is wrong the next time too.
      await sleep(AFTER_UNEXPECTED_MS, undefined, { signal }).catch(() => undefined);
    }
    if (outcome.kind !== 'done') return;
    commands.done(command, outcome.id);
    for (const unseen of await life.look(command, outcome, commands, reads, number).catch(() => []))
      logger.debug({ command: command.name }, unseen);
  };
  let count = 0;
  // As fast as it goes, one after the other: nothing else can be done before.
  while (!signal.aborted && !commands.isSeeded()) await act(++count);
  let due = performance.now();
  while (!signal.aborted) {
    const one: Promise<void> = act(++count).finally(() => underway.delete(one));
    underway.add(one);
    if (underway.size >= MOST_AT_ONCE) await Promise.race(underway);
    // What a slow application has kept from being sent is not made up for.
    due = Math.max(due + 1000 / rate, performance.now());
    await sleep(due - performance.now(), undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(underway);
}
