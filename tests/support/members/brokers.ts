/** Three Kafka nodes, each broker and controller: every partition has a replica on each, and two of them make a majority of everything. */
import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import { newClusterId, prepareKafka } from '../../../stack/embedded/kafka.ts';
import type { JavaSetup } from '../../../stack/embedded/java-args.ts';
import { runDirOf } from '../../../stack/run-records.ts';
import { waitFor } from '../../../stack/wait.ts';
import { startMember } from './member.ts';
import type { Member } from './member.ts';

export interface BrokersSetup extends JavaSetup {
  readonly dataDir: string;
  /** As many as there are nodes; the first one is of node 1. */
  readonly ports: readonly number[];
  readonly controllerPorts: readonly number[];
}

const IN_SYNC_MS = 120_000;

/** Of what Kafka makes for itself, and of topics whose maker leaves it open. */
const REPLICATED = {
  'default.replication.factor': 3,
  'min.insync.replicas': 2,
  'offsets.topic.replication.factor': 3,
  'transaction.state.log.replication.factor': 3,
  'transaction.state.log.min.isr': 2,
  'share.coordinator.state.topic.replication.factor': 3,
  'share.coordinator.state.topic.min.isr': 2,
};

export async function startBrokers(setup: BrokersSetup): Promise<readonly Member[]> {
  const { ports, controllerPorts, dataDir } = setup;
  const clusterId = newClusterId();
  const voters = controllerPorts.map((port, n) => `${n + 1}@127.0.0.1:${port}`).join(',');
  const prepared = await Promise.all(
    ports.map((port, n) =>
      prepareKafka({
        ...setup,
        dataDir: join(dataDir, `kafka${n + 1}`),
        port,
        controllerPort: controllerPorts[n] ?? 0,
        heap: '384m',
        clusterId,
        settings: { 'node.id': n + 1, 'controller.quorum.voters': voters, ...REPLICATED },
      }),
    ),
  );
  return prepared.map((server, n) =>
    startMember({
      ...server,
      name: `kafka${n + 1}`,
      logFile: join(dataDir, 'logs', `kafka${n + 1}.log`),
      runDir: runDirOf(dataDir),
    }),
  );
}

/** Resolves when every partition of every topic has `replicas`, all of them in sync. */
export async function allInSync(admin: Admin, replicas: number): Promise<void> {
  const isWhole = async (): Promise<boolean> => {
    const { topics } = await admin.fetchTopicMetadata();
    const behind = topics.filter(({ partitions }) => partitions.some(({ isr }) => isr.length !== replicas));
    if (behind.length > 0) throw new Error(behind.map(({ name }) => name).join(', '));
    return true;
  };
  await waitFor(`${replicas} replicas in sync of everything`, isWhole, {
    timeoutMs: IN_SYNC_MS,
    intervalMs: 250,
  });
}
