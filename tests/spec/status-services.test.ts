/** What the services' /metrics told at two looks → how fast they are; and where they are. */
import { describe, expect, test } from '@jest/globals';
import { quantileOf, readHistogram, sinceLook, sumOf } from '../../cli/status/histogram.ts';
import { readRequests } from '../../cli/status/service-questions.ts';
import { instancesOf, serviceUrls } from '../../cli/status/service-urls.ts';

const metrics = (counts: readonly [fast: number, slow: number, all: number], labels = ''): string =>
  [
    '# HELP x_seconds "what" it is',
    '# TYPE x_seconds histogram',
    `x_seconds_bucket{le="0.1"${labels}} ${counts[0]}`,
    `x_seconds_bucket{le="1"${labels}} ${counts[1]}`,
    `x_seconds_bucket{le="+Inf"${labels}} ${counts[2]}`,
    `x_seconds_sum{${labels.slice(1)}} 3.5`,
    `x_seconds_count{${labels.slice(1)}} ${counts[2]}`,
    'x_seconds_other 7',
  ].join('\n');

describe('a histogram', () => {
  test('is read from the text, over all label sets, failures by their status', () => {
    const text = `${metrics([1, 2, 2], ',status="200"')}\n${metrics([0, 1, 3], ',status="503"')}`;
    const read = readHistogram(text, 'x_seconds');
    expect([...read.buckets]).toEqual([
      [0.1, 1],
      [1, 3],
      [Infinity, 5],
    ]);
    expect(read).toMatchObject({ count: 5, failed: 3 });
    expect(readHistogram(text, 'x')).toMatchObject({ count: 0 });
  });

  test('without labels is read too, and one that is not there is empty', () => {
    expect(readHistogram('y_seconds_count 4', 'y_seconds')).toMatchObject({ count: 4, failed: 0 });
    expect(readHistogram('', 'y_seconds')).toMatchObject({ count: 0 });
  });

  test('tells what came since the look before, and of a process that was started anew all', () => {
    const before = readHistogram(metrics([5, 8, 10]), 'x_seconds');
    const now = readHistogram(metrics([6, 12, 14]), 'x_seconds');
    expect([...sinceLook(before, now).buckets.values()]).toEqual([1, 4, 4]);
    expect(sinceLook(before, now).count).toBe(4);
    const anew = readHistogram(metrics([1, 1, 2]), 'x_seconds');
    expect(sinceLook(before, anew)).toEqual(anew);
  });

  test('of a process that was started anew is all of it, also where it has observed more than before', () => {
    const before = readHistogram(metrics([100, 100, 100]), 'x_seconds');
    const slower = readHistogram(metrics([0, 110, 120]), 'x_seconds');
    expect(sinceLook(before, slower)).toEqual(slower);
    const failed = readHistogram(metrics([1, 2, 5], ',status="500"'), 'x_seconds');
    const well = readHistogram(metrics([9, 9, 9], ',status="200"'), 'x_seconds');
    expect(sinceLook(failed, well)).toEqual(well);
  });

  test('of several processes is their sum', () => {
    const each = readHistogram(metrics([1, 2, 3], ',status="500"'), 'x_seconds');
    expect(sumOf([each, each])).toMatchObject({ count: 6, failed: 6 });
    expect([...sumOf([each, each]).buckets.values()]).toEqual([2, 4, 6]);
    expect(sumOf([]).count).toBe(0);
  });

  test('has quantiles, spread evenly within a bucket, and the last bound for what lies beyond', () => {
    const read = readHistogram(metrics([50, 90, 100]), 'x_seconds');
    expect(quantileOf(read, 0.5)).toBeCloseTo(0.1);
    expect(quantileOf(read, 0.25)).toBeCloseTo(0.05);
    expect(quantileOf(read, 0.7)).toBeCloseTo(0.55);
    expect(quantileOf(read, 0.99)).toBe(1);
    expect(quantileOf(readHistogram(metrics([0, 0, 0]), 'x_seconds'), 0.5)).toBeNull();
    expect(quantileOf(readHistogram('', 'x_seconds'), 0.5)).toBeNull();
  });
});

test('requests of operators and answers that are kept open are not counted', () => {
  const line = (route: string): string =>
    `http_request_duration_seconds_count{method="GET",route="${route}",status="200"} 1`;
  const of = (...routes: readonly string[]): number => readRequests(routes.map(line).join('\n')).count;
  expect(of('/metrics', '/livez', '/readyz', '/docs', '/docs/static/x.js', '/openapi.json')).toBe(0);
  expect(of('/things/:id/events')).toBe(0);
  expect(of('/things', '/things/:id', '/docsets', 'none')).toBe(4);
});

describe('where the services are', () => {
  test('the environment says, projectors by the name of their read model', () => {
    const urls = serviceUrls(undefined, {
      WRITE_API_URL: 'http://write:3001/',
      PROJECTOR_URLS: 'a=http://one:3003, a=http://two:3003,b=https://b',
    });
    expect(urls).toMatchObject({ writeApi: 'http://write:3001', readApi: null });
    expect([...urls.projectors]).toEqual([
      ['a', ['http://one:3003', 'http://two:3003']],
      ['b', ['https://b']],
    ]);
  });

  test.each([
    [{ READ_API_URL: 'read:3002' }, /READ_API_URL: read:3002 is no address/],
    [{ PROJECTOR_URLS: 'http://one:3003' }, /PROJECTOR_URLS: .* is not like/],
    [{ PROJECTOR_URLS: 'a=ftp://one' }, /PROJECTOR_URLS: ftp:\/\/one is no address/],
  ])('what does not fit is a wrong argument: %j', (env, message) => {
    expect(() => serviceUrls(undefined, env)).toThrow(message);
  });

  test('a name is asked at each of its addresses, and an address as it is', async () => {
    expect(await instancesOf('http://127.0.0.1:3001')).toEqual(['http://127.0.0.1:3001']);
    expect(await instancesOf('http://[::1]:3001')).toEqual(['http://[::1]:3001']);
    expect(await instancesOf('http://localhost:3001')).toEqual(['http://127.0.0.1:3001']);
    expect(await instancesOf('https://localhost')).toEqual(['https://localhost']);
  });
});
