/**
 * Where Kafka is, and how one gets in, in one text as the databases have it:
 * `host:9092,host:9092`, or `kafka://user:password@host:9093,host:9093?tls=true&caFile=/path/ca.pem&mechanism=scram-sha-512`. Pure.
 */
import type { SASLOptions } from 'kafkajs';
import { ConfigError } from './config.ts';

export interface KafkaAddress {
  readonly brokers: readonly string[];
  readonly tls: boolean;
  /** Of the certificates of the authority that the brokers' are signed by; null: those that Node trusts. */
  readonly caFile: string | null;
  readonly sasl: SASLOptions | null;
}

const FORM = /^kafka:\/\/(?:([^@/?]*)@)?([^@/?]+)\/?(?:\?(.*))?$/;
const PARAMETERS: ReadonlySet<string> = new Set(['tls', 'caFile', 'mechanism']);

/** @throws ConfigError, which names no password */
export function parseKafkaAddress(text: string): KafkaAddress {
  if (!text.includes('://') && text.includes('@'))
    throw refusal('a user and a password need kafka:// before them');
  if (!text.includes('://')) return { brokers: text.split(','), tls: false, caFile: null, sasl: null };
  const [, credentials, hosts = '', query = ''] = FORM.exec(text) ?? [];
  if (hosts === '') throw refusal('it must be host:port, or kafka://user:password@host:port?tls=true');
  const parameters = new URLSearchParams(query);
  const unknown = [...parameters.keys()].filter((name) => !PARAMETERS.has(name));
  if (unknown.length > 0)
    throw refusal(`there is no parameter ${unknown.join(', ')}; there are ${[...PARAMETERS].join(', ')}`);
  const tls = parameters.get('tls') ?? 'false';
  if (tls !== 'true' && tls !== 'false') throw refusal('tls is true or false');
  return {
    brokers: hosts.split(','),
    tls: tls === 'true',
    caFile: parameters.get('caFile'),
    sasl: credentials === undefined ? null : saslOf(credentials, parameters.get('mechanism')),
  };
}

function saslOf(credentials: string, mechanism: string | null): SASLOptions {
  const at = credentials.indexOf(':');
  const username = decoded(at < 0 ? credentials : credentials.slice(0, at));
  const password = at < 0 ? '' : decoded(credentials.slice(at + 1));
  switch (mechanism ?? 'scram-sha-512') {
    case 'plain':
      return { mechanism: 'plain', username, password };
    case 'scram-sha-256':
      return { mechanism: 'scram-sha-256', username, password };
    case 'scram-sha-512':
      return { mechanism: 'scram-sha-512', username, password };
    default:
      throw refusal('mechanism is plain, scram-sha-256 or scram-sha-512');
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refusal('its user and password must be escaped as in any URL');
  }
}

function refusal(why: string): ConfigError {
  return new ConfigError([`KAFKA_BROKERS: ${why}`]);
}
