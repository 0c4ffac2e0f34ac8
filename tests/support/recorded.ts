/** The format of tests/fixtures/changes/<scenario>.json, and its reader. Written by record-fixtures.ts from real servers. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { RawChange } from '../../services/projector/change-feed.ts';

/** A Kafka message as it was read; text, so that a reader of the file sees what Debezium said. */
export interface RecordedMessage {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
}

export interface Recording {
  /** What the scenario did. */
  readonly tells: string;
  /** By partition, then offset. */
  readonly messages: readonly RecordedMessage[];
  /** Document id → the source view's JSON after the scenario, as Postgres printed it. No entry: no such root row. */
  readonly documents: Readonly<Record<string, string>>;
}

const FOLDER = new URL('../fixtures/changes/', import.meta.url);

export function readRecording(scenario: string): Recording {
  return JSON.parse(readFileSync(new URL(`${scenario}.json`, FOLDER), 'utf8')) as Recording;
}

export function writeRecording(scenario: string, recording: Recording): void {
  writeFileSync(new URL(`${scenario}.json`, FOLDER), `${JSON.stringify(recording, null, 2)}\n`);
}

export function toRawChange({ offset, key, value }: RecordedMessage): RawChange {
  return {
    offset,
    timestamp: 0,
    key: key === null ? null : Buffer.from(key, 'utf8'),
    value: value === null ? null : Buffer.from(value, 'utf8'),
  };
}
