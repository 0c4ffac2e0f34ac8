/** What the `dlq` verbs work on: one projection's documents, records and letters. */
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { createDocumentStore } from '../../services/projector/document-store.ts';
import type { DocumentStore } from '../../services/projector/document-store.ts';
import type { Letter } from '../../services/shared/dead-letters/letter.ts';
import { readLetters } from '../../services/shared/dead-letters/read-letters.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { loadProjection, loadProjections } from '../../services/shared/load-projection.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { QUARANTINED } from '../../services/shared/open-quarantine.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { deadLettersTopic } from '../../services/shared/stream-names.ts';
import { CliError, EXIT } from '../exit.ts';

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

/** `name`: of a projection, or a module's path; undefined where there is only one. */
export async function withQuarantine<T>(
  { mongoUrl, kafkaBrokers }: Addresses,
  name: string | undefined,
  work: (quarantine: Quarantine) => Promise<T>,
): Promise<T> {
  const projection = name === undefined ? await onlyProjection() : await loadProjection(name);
  const mongo = new MongoClient(mongoUrl, { appName: 'readside-dlq', serverSelectionTimeoutMS: 5000 });
  const kafka = createKafka('readside-dlq', kafkaBrokers, createLogger('readside', 'silent'), { retries: 3 });
  try {
    const db = mongo.db();
    const documents = db.collection<StoredDocument>(projection.resource);
    return await work({
      projection,
      db,
      store: createDocumentStore(documents),
      marked: () => documents.find(QUARANTINED).sort({ '_sync.quarantine.since': 1 }).toArray(),
      letters: (wanted) => readLetters(kafka, deadLettersTopic(projection.name), wanted),
    });
  } finally {
    await mongo.close();
  }
}

async function onlyProjection(): Promise<Projection> {
  const [first, ...others] = await loadProjections();
  if (first && others.length === 0) return first;
  throw new CliError(EXIT.usage, 'there are several projections: name one with --projection');
}
