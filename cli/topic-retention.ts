/** For how long a topic keeps its records. */
import type { Admin } from 'kafkajs';

/** kafkajs' ConfigResourceTypes.TOPIC, which Node does not find among the exports. */
const TOPIC_RESOURCE = 2;

export interface Retention {
  /** null: for ever */
  readonly keptMs: number | null;
  /** Records go with their segment, which is closed so long after its first one. */
  readonly segmentMs: number;
}

/** null: there is no such topic. */
export async function retentionOf(admin: Admin, topic: string): Promise<Retention | null> {
  if (!(await admin.listTopics()).includes(topic)) return null;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: TOPIC_RESOURCE, name: topic, configNames: ['retention.ms', 'segment.ms'] }],
  });
  const entries = resources[0]?.configEntries ?? [];
  const valueOf = (name: string): number =>
    Number(entries.find(({ configName }) => configName === name)?.configValue ?? -1);
  const kept = valueOf('retention.ms');
  return { keptMs: kept < 0 ? null : kept, segmentMs: Math.max(0, valueOf('segment.ms')) };
}
