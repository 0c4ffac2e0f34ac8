/** Facts → everything that is wrong, in the order of the flow. Pure. */
import type { Act } from '../acts.ts';
import { describe, failureOf, isRunning } from '../connect/connector-status.ts';
import type { SlotProgress } from '../lag/source-progress.ts';
import { changesTopic, connectorName, slotName } from '../stream-names.ts';
import { WARNING_CODES, bytesText, inOrderOfFlow, serverDown } from './causes.ts';
import type { Cause } from './causes.ts';
import type { HealthFacts } from './facts.ts';

/** So long without any movement is no pause of a pipeline that writes a heartbeat each second. */
export const STILL_MS = 8000;
/** With no limit set, so much kept WAL is worth a word. */
const RETAINED_BYTES = 4_294_967_296;

export function findCauses(facts: HealthFacts): readonly Cause[] {
  const causes = [
    ...facts.down.map(({ name, why }) => serverDown(name, why)),
    ...connectorCauses(facts),
    ...slotCauses(facts),
    ...topicCauses(facts),
    ...replicaCauses(facts),
    ...groupCauses(facts),
    ...storeCauses(facts),
    ...facts.found,
  ];
  const known = causes.some(({ code }) => !WARNINGS.has(code) && !BESIDE_THE_FLOW.has(code));
  // The symptoms only where nothing explains them.
  const all = known ? causes : [...causes, ...stillCauses(facts)];
  const isAside = all.some(({ code }) => STANDS_ASIDE.has(code));
  const codes = new Set<string>(isAside ? ['projector-absent'] : []);
  return inOrderOfFlow(all).filter(({ code }) => !codes.has(code) && codes.add(code));
}

function rebuildOf(projection: string): Act {
  return { act: 'rebuild', params: { projection } };
}

const WARNINGS: ReadonlySet<string> = new Set(WARNING_CODES);

/** No change goes through the APIs: that one is away explains no standstill. */
const BESIDE_THE_FLOW: ReadonlySet<string> = new Set(['write-api-down', 'read-api-down']);

/** Then nobody is in the group, and there is no more to say of it. */
const STANDS_ASIDE: ReadonlySet<string> = new Set([
  'projector-stopped',
  'projection-paused',
  'rebuild-swaps',
]);

export function isWarning({ code }: Cause): boolean {
  return WARNINGS.has(code);
}

function connectorCauses({ connector, stream }: HealthFacts): readonly Cause[] {
  if (connector === null) return [];
  if (connector === 'starting')
    return [
      {
        code: 'connect-starting',
        text: 'Kafka Connect is starting: it has not read its own topics to their end',
        remedy:
          'wait a minute; if it stays so, a transaction may be open in Kafka: kafka-transactions.sh find-hanging',
      },
    ];
  if (connector === 'absent')
    return [
      {
        code: 'connector-absent',
        text: `the connector ${connectorName(stream)} is not registered`,
        remedy: 'readside register',
        act: { act: 'register', params: {} },
      },
    ];
  const failure = failureOf(connector);
  if (failure !== null)
    return [
      {
        code: 'connector-failed',
        text: `the connector failed: ${failure}`,
        remedy: `mend the cause, then readside connectors restart ${stream}`,
        act: { act: 'connector-restart', params: { stream } },
      },
    ];
  const { state } = connector.connector;
  if (state === 'PAUSED' || state === 'STOPPED')
    return [
      {
        code: 'connector-held',
        text: `the connector is ${state}`,
        remedy: `readside connectors resume ${stream}`,
        act: { act: 'connector-resume', params: { stream } },
      },
    ];
  if (isRunning(connector)) return [];
  return [
    {
      code: 'connector-not-running',
      text: `the connector is ${describe(connector)}`,
      remedy: `wait a few seconds; if it stays so: readside connectors restart ${stream}`,
      act: { act: 'connector-restart', params: { stream } },
    },
  ];
}

function slotCauses({ source, connector, topic, projection, stream }: HealthFacts): readonly Cause[] {
  if (source === null) return [];
  const slot = slotName(stream);
  if (source.slot === null) {
    // Before its first registration there is none, and that says all; and nothing is lost of a stream that has not begun.
    const hasBegun = topic === null || topic === 'absent' || topic.partitions.some(({ end }) => end > 0);
    if (connector === 'absent' || connector === 'starting' || !hasBegun) return [];
    return [
      {
        code: 'slot-absent',
        text: `Postgres has no replication slot ${slot}: changes since it went are lost for the stream`,
        remedy: `readside rebuild ${projection}`,
        act: rebuildOf(projection),
      },
    ];
  }
  if (source.slot.walStatus === 'lost')
    return [
      {
        code: 'slot-lost',
        text: `Postgres has dropped WAL that the slot ${slot} still needed: changes are lost for the stream`,
        remedy: `readside rebuild ${projection}`,
        act: rebuildOf(projection),
      },
    ];
  const inactive: Cause = {
    code: 'slot-inactive',
    text: `nobody reads the slot ${slot}, which keeps ${bytesText(source.slot.retainedBytes)} of WAL`,
    remedy: `wait a few seconds; if it stays so: readside connectors restart ${stream}`,
    act: { act: 'connector-restart', params: { stream } },
  };
  return [...(source.slot.active ? [] : [inactive]), ...walWarnings(slot, source.slot)];
}

function walWarnings(name: string, { walStatus, retainedBytes, safeBytes }: SlotProgress): readonly Cause[] {
  const kept = `the slot ${name} keeps ${bytesText(retainedBytes)} of WAL (${walStatus})`;
  const remedy = 'readside connectors status: let the connector go on before Postgres drops that WAL';
  if (walStatus === 'unreserved')
    return [{ code: 'slot-unreserved', text: `${kept}: the next checkpoint may drop it`, remedy }];
  const isMuch = safeBytes === null ? retainedBytes > RETAINED_BYTES : retainedBytes > safeBytes;
  if (!isMuch) return [];
  const left = safeBytes === null ? 'without a limit' : `${bytesText(safeBytes)} more and it may be lost`;
  return [{ code: 'slot-retains', text: `${kept}: ${left}`, remedy }];
}

function topicCauses({ topic, projection, stream }: HealthFacts): readonly Cause[] {
  if (topic === null) return [];
  const name = changesTopic(stream);
  if (topic === 'absent')
    return [
      {
        code: 'topic-missing',
        text: `the topic ${name} does not exist`,
        remedy: `readside register, then, unless it is the first time: readside rebuild ${projection}`,
        act: { act: 'register', params: {} },
      },
    ];
  const healed = { remedy: `readside rebuild ${projection}`, act: rebuildOf(projection) };
  return topic.partitions.flatMap(({ partition, stored, low, end }): readonly Cause[] => {
    if (stored === null) return [];
    if (stored > end)
      return [
        {
          code: 'topic-made-anew',
          text: `${name}, partition ${partition}, ends at ${end}, and ${stored} was read already: it was made anew`,
          ...healed,
        },
      ];
    if (stored < low)
      return [
        {
          code: 'topic-truncated',
          text: `${name}, partition ${partition}, begins at ${low}, and only what is below ${stored} was applied: ${low - stored} records are lost`,
          ...healed,
        },
      ];
    return [];
  });
}

function replicaCauses({ unreplicated, stream }: HealthFacts): readonly Cause[] {
  if (unreplicated === null || unreplicated === 0) return [];
  const which = unreplicated === 1 ? '1 partition' : `${unreplicated} partitions`;
  return [
    {
      code: 'replicas-missing',
      text: `${which} of ${changesTopic(stream)} ${unreplicated === 1 ? 'lacks' : 'lack'} a replica in sync`,
      remedy: 'bring the broker back that is away: with another one lost, changes would wait',
    },
  ];
}

function groupCauses({ group, projection }: HealthFacts): readonly Cause[] {
  if (group === null) return [];
  if (group.members === 0)
    return [
      {
        code: 'projector-absent',
        text: 'no projector is in the consumer group',
        remedy: `start a projector with PROJECTION=${projection}; a local one is started again by itself: see projector.log`,
      },
    ];
  if (group.unassigned.length === 0) return [];
  return [
    {
      code: 'partition-unassigned',
      text: `no projector works on partition ${group.unassigned.join(', ')}`,
      remedy: 'restart the projectors; their log says what they were assigned',
    },
  ];
}

function storeCauses({ write, quarantined, wrong, snapshots, projection }: HealthFacts): readonly Cause[] {
  const causes: Cause[] = [];
  if (write?.ok === false)
    causes.push({
      code: 'store-refuses-writes',
      text: `MongoDB takes no writes: ${write.why}`,
      remedy:
        'look at mongod: is there a primary, room on its disk, a lock (db.fsyncUnlock())? It goes on by itself',
    });
  if (quarantined !== null && quarantined > 0)
    causes.push({
      code: 'documents-degraded',
      text: `${quarantined} ${quarantined === 1 ? 'document is' : 'documents are'} degraded by changes that could not be applied`,
      remedy: `readside dlq list --projection ${projection}`,
      act: { act: 'dlq-retry', params: { projection, all: true } },
    });
  if (wrong !== null && wrong > 0)
    causes.push({
      code: 'documents-wrong',
      text: `${wrong} ${wrong === 1 ? 'document is' : 'documents are'} not what the source says`,
      remedy: `readside verify ${projection} --all --repair`,
      act: { act: 'verify', params: { projection, all: true, repair: true } },
    });
  if (snapshots !== null && snapshots > 1)
    causes.push({
      code: 'snapshot-repeated',
      text: `the rows were read by ${snapshots} snapshots: documents of rows that were deleted between them are still there`,
      remedy: `readside rebuild ${projection}`,
      act: rebuildOf(projection),
    });
  return causes;
}

function stillCauses({ still, stream, topic }: HealthFacts): readonly Cause[] {
  const seconds = (ms: number): string => (ms / 1000).toFixed(0);
  const causes: Cause[] = [];
  if (still.sourceMs > STILL_MS)
    causes.push({
      code: 'nothing-proven',
      text: `no change and no heartbeat has come through the connector for ${seconds(still.sourceMs)} s`,
      remedy: `readside connectors restart ${stream}; connect.log says what it does`,
      act: { act: 'connector-restart', params: { stream } },
    });
  const waiting = topic === null || topic === 'absent' ? 0 : topic.lagEvents;
  if (still.groupMs > STILL_MS && waiting > 0)
    causes.push({
      code: 'nothing-applied',
      text: `the projector has applied nothing for ${seconds(still.groupMs)} s, and ${waiting} events wait`,
      remedy: 'see projector.log; restart it when it says nothing',
    });
  return causes;
}
