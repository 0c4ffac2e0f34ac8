/** One process among several of its kind: once killed it stays away until it is called back. */
import { deferred } from '../../../stack/deferred.ts';
import { supervise } from '../../../stack/supervisor.ts';
import type { SuperviseOptions, Supervised } from '../../../stack/supervisor.ts';
import { waitFor } from '../../../stack/wait.ts';

export interface Member extends Supervised {
  /** By SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves when it serves again. */
  comeBack(): Promise<void>;
}

const GONE_MS = 10_000;
const BACK_MS = 120_000;

export function startMember(options: Omit<SuperviseOptions, 'onEvent'>): Member {
  let away = deferred();
  away.resolve();
  let timesReady = 0;
  const supervised = supervise({
    ...options,
    clean: async () => {
      await away.promise;
      await options.clean?.();
    },
    onEvent: ({ type }) => {
      if (type === 'ready') timesReady += 1;
    },
  });
  const { name } = options;
  return {
    ...supervised,
    kill: async () => {
      const pid = supervised.pid();
      if (pid === null) throw new Error(`${name} does not run`);
      away = deferred();
      process.kill(pid, 'SIGKILL');
      await waitFor(`${name} to be gone`, () => supervised.pid() === null, { timeoutMs: GONE_MS });
    },
    comeBack: async () => {
      const before = timesReady;
      away.resolve();
      await waitFor(`${name} to serve again`, () => timesReady > before, { timeoutMs: BACK_MS });
    },
    stop: () => {
      away.resolve();
      return supervised.stop();
    },
  };
}

/** Released together, also when one of them cannot be. */
export async function stopAll(members: readonly Supervised[]): Promise<void> {
  const ended = await Promise.allSettled(members.map((member) => member.stop()));
  const failures = ended.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  if (failures.length > 0) throw new AggregateError(failures, 'not all processes were stopped');
}
