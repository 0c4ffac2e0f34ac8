/** A consumer group that is there for one reading of a topic, and not longer. */
import { randomBytes } from 'node:crypto';
import type { Admin, Consumer } from 'kafkajs';
import { PASSING_GROUPS } from './stream-names.ts';

/** `name`: what is looked for. */
export function passingGroup(name: string): string {
  return `${PASSING_GROUPS}${name}-${randomBytes(6).toString('hex')}`;
}

/** The only member is given all of `partitions`; none but the wanted ones is fetched. To be said before it runs. */
export function readOnly(
  consumer: Consumer,
  topic: string,
  partitions: readonly number[],
  isWanted: (partition: number) => boolean,
): void {
  const others = partitions.filter((partition) => !isWanted(partition));
  consumer.on(consumer.events.GROUP_JOIN, () => {
    if (others.length > 0) consumer.pause([{ topic, partitions: others }]);
  });
}

/** A group without offsets is ended by the broker too, later. */
export async function forgetGroup(admin: Admin, group: string): Promise<void> {
  await admin.deleteGroups([group]).catch((error: unknown) => {
    if (!(error instanceof Error) || !error.name.startsWith('KafkaJS')) throw error;
  });
}
