import { expect, test } from '@jest/globals';
import { parseKafkaAddress } from '../../services/shared/kafka-address.ts';

const PLAIN = { tls: false, caFile: null, sasl: null };

test.each([
  ['a:9092', { ...PLAIN, brokers: ['a:9092'] }],
  ['a:9092,b:9092', { ...PLAIN, brokers: ['a:9092', 'b:9092'] }],
  ['kafka://a:9092', { ...PLAIN, brokers: ['a:9092'] }],
  ['kafka://a:9093,b:9093?tls=true', { ...PLAIN, brokers: ['a:9093', 'b:9093'], tls: true }],
  [
    'kafka://a:9093/?tls=true&caFile=/etc/ca.pem',
    { ...PLAIN, brokers: ['a:9093'], tls: true, caFile: '/etc/ca.pem' },
  ],
  [
    'kafka://me:p%40ss%3Aword@a:9093?tls=true',
    {
      ...PLAIN,
      brokers: ['a:9093'],
      tls: true,
      sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'p@ss:word' },
    },
  ],
  [
    'kafka://me:secret@a:9093?mechanism=plain',
    { ...PLAIN, brokers: ['a:9093'], sasl: { mechanism: 'plain', username: 'me', password: 'secret' } },
  ],
])('%s', (text, address) => {
  expect(parseKafkaAddress(text)).toEqual(address);
});

test.each([
  ['kafka://', 'it must be host:port'],
  ['http://a:9092', 'it must be host:port'],
  ['kafka://me:secret@', 'it must be host:port'],
  ['me:secret@a:1', 'need kafka:// before them'],
  ['kafka://me:secret%@a:1', 'must be escaped'],
  ['kafka://me:secret@a:1?tsl=true', 'there is no parameter tsl'],
  ['kafka://me:secret@a:1?tls=yes', 'tls is true or false'],
  ['kafka://me:secret@a:1?mechanism=oauth', 'mechanism is plain'],
])('%s is refused, without its password', (text, why) => {
  expect(() => parseKafkaAddress(text)).toThrow(why);
  expect(() => parseKafkaAddress(text)).not.toThrow(/secret/);
});
