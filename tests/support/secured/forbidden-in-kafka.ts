/** What each identity must not do in Kafka, and what the broker says to it. */
import { pino } from 'pino';
import { createKafka } from '../../../services/shared/kafka-client.ts';
import {
  addPartitions,
  alterTopic,
  createTopic,
  deleteGroup,
  deleteTopic,
  grantItself,
  offsetsOf,
  read,
  refusalIn,
  write,
} from './kafka-acts.ts';
import type { KafkaAct } from './kafka-acts.ts';

const TOPIC = 'TOPIC_AUTHORIZATION_FAILED';
const GROUP = 'GROUP_AUTHORIZATION_FAILED';
const CLUSTER = 'CLUSTER_AUTHORIZATION_FAILED';
const TRANSACTION = 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
const CHANGES = 'profile.changes';
const LETTERS = 'profile.dead-letters';
const TASK = 'readside-connect-readside-profile-0';

export const FORBIDDEN_IN_KAFKA: ReadonlyArray<
  readonly [identity: string, what: string, act: KafkaAct, refusal: string]
> = [
  ['projector', 'write a change', write(CHANGES), TOPIC],
  ['projector', 'write a heartbeat', write('readside.heartbeat.profile'), TOPIC],
  ['projector', 'read the letters', read(LETTERS), TOPIC],
  ['projector', 'read the configuration of the connectors', read('readside-connect-configs'), TOPIC],
  ['projector', 'write where the connector stands', write('readside-connect-offsets'), TOPIC],
  ['projector', 'write in the transactions of the connector', write(CHANGES, TASK), TRANSACTION],
  ['projector', 'make a topic', createTopic('mine'), TOPIC],
  ['projector', 'delete the changes', deleteTopic(CHANGES), TOPIC],
  ['projector', 'let the changes expire', alterTopic(CHANGES), TOPIC],
  ['projector', 'divide the changes anew', addPartitions(CHANGES), TOPIC],
  ['projector', 'join the workers', read(CHANGES, 'readside-connect'), GROUP],
  ['projector', 'join a group of others', read(CHANGES, 'others'), GROUP],
  ['projector', 'see where the workers stand', offsetsOf('readside-connect', CHANGES), GROUP],
  ['projector', 'delete a group of others', deleteGroup('others'), GROUP],
  ['projector', 'grant itself more', grantItself, CLUSTER],
  ['connect', 'read the letters', read(LETTERS, 'readside-connect'), TOPIC],
  ['connect', 'write a letter', write(LETTERS), TOPIC],
  ['connect', 'read the changes', read(CHANGES), GROUP],
  ['connect', 'join the projectors', read(CHANGES, 'readside.profile.v1'), GROUP],
  ['connect', 'see where the projectors stand', offsetsOf('readside.profile.v1', CHANGES), GROUP],
  ['connect', 'write in transactions of others', write(CHANGES, 'others'), TRANSACTION],
  ['connect', 'make a topic', createTopic('mine'), TOPIC],
  ['connect', 'delete the changes', deleteTopic(CHANGES), TOPIC],
  ['connect', 'grant itself more', grantItself, CLUSTER],
  ['operator', 'write a change', write(CHANGES), TOPIC],
  ['operator', 'delete the changes', deleteTopic(CHANGES), TOPIC],
  ['operator', 'make any topic', createTopic('mine'), TOPIC],
  ['operator', 'read the configuration of the connectors', read('readside-connect-configs'), TOPIC],
  ['operator', 'join the workers', read(CHANGES, 'readside-connect'), GROUP],
  ['operator', 'let the changes expire', alterTopic(CHANGES), TOPIC],
  ['operator', 'grant itself more', grantItself, CLUSTER],
  ['nobody', 'read the changes', read(CHANGES), TOPIC],
];

/** What the broker answers to somebody who tries it. */
export async function answerTo(address: string, act: KafkaAct): Promise<string> {
  const told: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line) => void told.push(line) });
  try {
    await act(createKafka('secured-tests', address, logger, { retries: 1 }));
    return 'it was done';
  } catch (error) {
    return refusalIn(error, told);
  }
}
