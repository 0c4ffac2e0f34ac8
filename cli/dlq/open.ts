/** What the `dlq` verbs work on: one projection's documents, records and letters. */
import type { Db } from 'mongodb';
import type { DocumentStore } from '../../services/projector/document-store.ts';
import { openDocumentStore } from '../../services/projector/tallied-store.ts';
import type { Letter } from '../../services/shared/dead-letters/letter.ts';
import { readLetters } from '../../services/shared/dead-letters/read-letters.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { openMongo } from '../../services/shared/mongo.ts';
import { QUARANTINED } from '../../services/shared/open-quarantine.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { deadLettersTopic } from '../../services/shared/stream-names.ts';

export interface Quarantine {
  readonly projection: Projection;
  readonly db: Db;
  readonly store: DocumentStore;
  /** Documents that carry a mark, the oldest mark first. */
  marked(): Promise<readonly StoredDocument[]>;
  /** As they stand in the topic, in order within each partition, some perhaps twice. */
  letters(wanted: (letter: Letter) => boolean): Promise<readonly Letter[]>;
}

interface Addresses {
  readonly mongoUrl: string;
  readonly kafkaBrokers: string;
}

export async function withQuarantine<T>(
  { mongoUrl, kafkaBrokers }: Addresses,
  projection: Projection,
  work: (quarantine: Quarantine) => Promise<T>,
): Promise<T> {
  const mongo = openMongo(mongoUrl, { appName: 'readside-dlq', serverSelectionTimeoutMS: 5000 });
  const kafka = createKafka('readside-dlq', kafkaBrokers, createLogger('readside', 'silent'), { retries: 3 });
  try {
    const db = mongo.db();
    const documents = db.collection<StoredDocument>(projection.resource);
    return await work({
      projection,
      db,
      store: openDocumentStore(projection, documents),
      marked: () => documents.find(QUARANTINED).sort({ '_sync.quarantine.since': 1 }).toArray(),
      letters: (wanted) => readLetters(kafka, deadLettersTopic(projection.name), wanted),
    });
  } finally {
    await mongo.close();
  }
}
