/**
 * What somebody might send who means no good, and what they get. docs/security.md shows this table; tests/api/hostile-requests.test.ts sends
 * each, and holds the documentation to it.
 *
 * In a path and a body `{own}` and `{other}` are two users; `{address}` is an address of the other one.
 */

/** Of the token that comes with it: `own` is of the user {own}, with both scopes. */
export type Bearer =
  | 'none'
  | 'own'
  | 'own, to read'
  | 'own, to write'
  | 'administrator'
  | 'expired'
  | 'unsigned'
  | 'of another secret'
  | 'of another audience'
  | 'of another issuer'
  | 'by HS512'
  | 'changed to admin'
  | 'without a subject'
  | 'without an expiry';

export interface HostileRequest {
  readonly what: string;
  readonly api: 'read' | 'write' | 'console';
  readonly request: string;
  readonly bearer: Bearer;
  /** By which name it is asked; without it, by its own. */
  readonly host?: string;
  /** Lines of the head beside Host, Authorization and Content-Type. */
  readonly head?: readonly string[];
  /** Sent as JSON, with its length, unless `head` says otherwise. */
  readonly body?: string;
  /** Status and kind of the problem, if it is one. */
  readonly gets: string;
}

type Row = readonly [what: string, request: string, gets: string, more?: Partial<HostileRequest>];

const read = (bearer: Bearer, rows: readonly Row[]): readonly HostileRequest[] =>
  rows.map(([what, request, gets, more]) => ({ what, api: 'read', request, bearer, gets, ...more }));
const write = (bearer: Bearer, rows: readonly Row[]): readonly HostileRequest[] =>
  rows.map(([what, request, gets, more]) => ({ what, api: 'write', request, bearer, gets, ...more }));
const onConsole = (bearer: Bearer, rows: readonly Row[]): readonly HostileRequest[] =>
  rows.map(([what, request, gets, more]) => ({ what, api: 'console', request, bearer, gets, ...more }));

const CHANGE = '{"bio":"changed"}';
const ADDRESS = '{"label":"home","line1":"1 Street","city":"Lyon","country":"FR"}';
const PROFILE = '{"email":"taken@example.com","fullName":"Somebody Else","addresses":[],"preferences":{}}';

const WRONG_TOKENS: ReadonlyArray<readonly [Bearer, string]> = [
  ['none', '401 unauthenticated'],
  ['expired', '401 invalid-token'],
  ['unsigned', '401 invalid-token'],
  ['of another secret', '401 invalid-token'],
  ['of another audience', '401 invalid-token'],
  ['of another issuer', '401 invalid-token'],
  ['by HS512', '401 invalid-token'],
  ['changed to admin', '401 invalid-token'],
  ['without a subject', '401 invalid-token'],
  ['without an expiry', '401 invalid-token'],
];

export const HOSTILE_REQUESTS: readonly HostileRequest[] = [
  ...WRONG_TOKENS.flatMap(([bearer, gets]) => [
    ...read(bearer, [[`a token that is ${bearer}`, 'GET /profiles/{own}', gets]]),
    ...write(bearer, [[`a token that is ${bearer}`, 'PATCH /users/{own}', gets, { body: CHANGE }]]),
  ]),
  ...read('none', [
    [
      'a password in place of a token',
      'GET /profiles/{own}',
      '401 unauthenticated',
      { head: ['Authorization: Basic YWRtaW46YWRtaW4='] },
    ],
    ['an empty token', 'GET /profiles/{own}', '401 unauthenticated', { head: ['Authorization: Bearer '] }],
    ['a token in the address', 'GET /profiles/{own}?access_token=x', '401 unauthenticated'],
    ['a cookie', 'GET /profiles/{own}', '401 unauthenticated', { head: ['Cookie: token=x; admin=true'] }],
    [
      'a trusted proxy’s header',
      'GET /profiles/{own}',
      '401 unauthenticated',
      { head: ['X-Forwarded-User: admin', 'X-Forwarded-For: 127.0.0.1'] },
    ],
    ['whether a path is a route', 'GET /admin', '404 no-such-route'],
  ]),

  ...read('own', [
    ['another’s document', 'GET /profiles/{other}', '404 not-found'],
    ['another’s version', 'GET /profiles/{other}/version', '404 not-found'],
    ['another’s changes, as they come', 'GET /profiles/{other}/events', '404 not-found'],
    ['another’s document, from the source', 'GET /profiles/{other}?consistency=source', '404 not-found'],
    [
      'another’s, of which a copy is held',
      'GET /profiles/{other}',
      '404 not-found',
      { head: ['If-None-Match: *'] },
    ],
    ['everybody’s documents', 'GET /profiles', '403 insufficient-scope'],
    ['a document by its address', 'GET /profiles?email=other@example.com', '403 insufficient-scope'],
    ['its own, and another’s beside it', 'GET /profiles/{own},{other}', '404 not-found'],
    ['its own, and another’s as a parameter', 'GET /profiles/{own}?id={other}', '400 invalid-request'],
  ]),
  ...read('own, to write', [
    ['a read with a token to write', 'GET /profiles/{own}', '403 insufficient-scope'],
    ['changes, with a token to write', 'GET /profiles/{own}/events', '403 insufficient-scope'],
  ]),
  ...write('own, to read', [
    ['a command with a token to read', 'PATCH /users/{own}', '403 insufficient-scope', { body: CHANGE }],
  ]),
  ...write('own', [
    [
      'a new user',
      'POST /users',
      '403 insufficient-scope',
      { body: '{"email":"new@example.com","fullName":"New"}' },
    ],
    ['another’s fields', 'PATCH /users/{other}', '404 not-found', { body: CHANGE }],
    ['another’s whole profile', 'PUT /users/{other}/profile', '404 not-found', { body: PROFILE }],
    ['another’s end', 'DELETE /users/{other}', '404 not-found'],
    ['an address for another', 'POST /users/{other}/addresses', '404 not-found', { body: ADDRESS }],
    ['another’s address', 'PUT /users/{other}/addresses/{address}', '404 not-found', { body: ADDRESS }],
    [
      'another’s address, under the own id',
      'PUT /users/{own}/addresses/{address}',
      '404 no-such-address',
      { body: ADDRESS },
    ],
    [
      'another’s address, deleted under the own id',
      'DELETE /users/{own}/addresses/{address}',
      '404 no-such-address',
    ],
    [
      'another’s preferences',
      'PATCH /users/{other}/preferences',
      '404 not-found',
      { body: '{"theme":"dark"}' },
    ],
    [
      'another’s preference',
      'PUT /users/{other}/preferences/theme',
      '404 not-found',
      { body: '{"value":1}' },
    ],
    ['the end of another’s preference', 'DELETE /users/{other}/preferences/theme', '404 not-found'],
    [
      'another’s address taken over by its id',
      'PUT /users/{own}/profile',
      '422 not-an-own-address',
      {
        body: '{"email":"own@example.com","fullName":"Own","preferences":{},"addresses":[{"id":"{address}","label":"home","line1":"1","city":"Lyon","country":"FR"}]}',
      },
    ],
    ['an id of one’s own choice', 'PATCH /users/{own}', '400 invalid-request', { body: '{"id":"{other}"}' }],
    [
      'a version of one’s own choice',
      'PATCH /users/{own}',
      '400 invalid-request',
      { body: '{"version":1000}' },
    ],
    [
      'a column that no field has',
      'PATCH /users/{own}',
      '400 invalid-request',
      { body: '{"changed_by":"admin"}' },
    ],
    ['a right', 'PATCH /users/{own}', '400 invalid-request', { body: '{"bio":"x","isAdmin":true}' }],
    [
      'a prototype',
      'PATCH /users/{own}',
      '400 invalid-request',
      { body: '{"bio":"x","__proto__":{"isAdmin":true}}' },
    ],
    [
      'a constructor',
      'PATCH /users/{own}',
      '400 invalid-request',
      { body: '{"constructor":{"prototype":{"isAdmin":true}}}' },
    ],
    [
      'an operator of MongoDB as a field',
      'PATCH /users/{own}',
      '400 invalid-request',
      { body: '{"$set":{"bio":"x"}}' },
    ],
    [
      'an operator of MongoDB as a value',
      'PATCH /users/{own}',
      '400 invalid-request',
      { body: '{"bio":{"$gt":""}}' },
    ],
    [
      'operators as preferences: kept as the data that they are',
      'PATCH /users/{own}/preferences',
      '200',
      { body: '{"$where":"sleep(1)","a.b":{"$ne":1}}' },
    ],
    [
      'a prototype as a preference: kept as the data that it is',
      'PUT /users/{own}/preferences/__proto__',
      '200',
      { body: '{"value":{"isAdmin":true}}' },
    ],
    [
      'SQL in a text: kept as the text that it is',
      'PATCH /users/{own}',
      '200',
      { body: `{"bio":"'); drop table users; --"}` },
    ],
    ['NUL in a text', 'PATCH /users/{own}', '422 unstorable-value', { body: String.raw`{"bio":"a\u0000b"}` }],
    [
      'half a character',
      'PATCH /users/{own}',
      '422 unstorable-value',
      { body: String.raw`{"bio":"\ud800"}` },
    ],
    [
      'a text without an end',
      'PATCH /users/{own}',
      '400 invalid-request',
      { body: `{"bio":"${'x'.repeat(10_001)}"}` },
    ],
    [
      'a body without an end',
      'PATCH /users/{own}',
      '413 fst-err-ctp-body-too-large',
      { body: `{"bio":"${'x'.repeat(1_048_576)}"}` },
    ],
    [
      'a value 20,000 levels deep',
      'PUT /users/{own}/preferences/deep',
      '422 unstorable-value',
      { body: `{"value":${'['.repeat(20_000)}${']'.repeat(20_000)}}` },
    ],
    [
      'a number that no computer holds',
      'PUT /users/{own}/preferences/n',
      '422 unstorable-value',
      { body: '{"value":1e999999}' },
    ],
    [
      'a hundred thousand things wrong at once: the first is told',
      'PUT /users/{own}/profile',
      '400 invalid-request',
      { body: `{"addresses":[${'{},'.repeat(100_000)}{}]}` },
    ],
    ['JSON that ends early', 'PATCH /users/{own}', '400 malformed-json', { body: '{"bio":' }],
    ['a list', 'PATCH /users/{own}', '400 invalid-request', { body: '[]' }],
    ['nothing', 'PATCH /users/{own}', '400 invalid-request', { body: '' }],
    [
      'a form',
      'PATCH /users/{own}',
      '415 fst-err-ctp-invalid-media-type',
      { body: 'bio=x', head: ['Content-Type: application/x-www-form-urlencoded'] },
    ],
    [
      'XML',
      'PATCH /users/{own}',
      '415 fst-err-ctp-invalid-media-type',
      {
        body: '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        head: ['Content-Type: application/xml'],
      },
    ],
    [
      'a key of idempotency without an end',
      'PATCH /users/{own}',
      '400 invalid-request',
      { body: CHANGE, head: [`Idempotency-Key: ${'k'.repeat(256)}`] },
    ],
    [
      'a version that is none',
      'PATCH /users/{own}',
      '400 invalid-request',
      { body: CHANGE, head: ['If-Match: "1; drop table users"'] },
    ],
    [
      'another method by a header: the one that was sent counts',
      'PATCH /users/{own}',
      '200',
      { body: CHANGE, head: ['X-HTTP-Method-Override: DELETE'] },
    ],
    ['SQL as an id', "DELETE /users/{own}'%20or%20'1'='1", '404 not-found'],
    ['a path out of the API', 'DELETE /users/../users/{own}/../../metrics', '404 no-such-route'],
  ]),

  ...read('administrator', [
    ['an operator of MongoDB as a parameter', 'GET /profiles?email[$ne]=x', '400 invalid-request'],
    ['an operator as a value', 'GET /profiles?email=%7B%22$ne%22:null%7D', '404 no-such-profile'],
    ['an operator as an id', 'GET /profiles/%7B%22$gt%22:%22%22%7D', '400 invalid-request'],
    ['SQL as an id', "GET /profiles/1'%20or%20'1'='1?consistency=source", '400 invalid-request'],
    ['a parameter that there is not', 'GET /profiles?$where=sleep(1000)', '400 invalid-request'],
    ['a page without an end', 'GET /profiles?limit=1000000', '400 invalid-request'],
    ['a page of less than nothing', 'GET /profiles?limit=-1', '400 invalid-request'],
    ['a cursor of one’s own making', 'GET /profiles?cursor=eyJpZCI6eyIkZ3QiOiIifX0', '400 malformed-cursor'],
    [
      'a token of consistency of one’s own making',
      'GET /profiles/{own}',
      '400 malformed-consistency-token',
      { head: ['Consistency-Token: eyJpZCI6MX0'] },
    ],
    [
      'a wait of years: as long as the service allows, and here there is nothing to wait for',
      'GET /profiles/{own}',
      '200',
      { head: ['Prefer: wait=999999999'] },
    ],
    ['a pattern as an id', 'GET /profiles/.*', '400 invalid-request'],
    ['an id without an end', `GET /profiles/${'1'.repeat(600)}`, '414 fst-err-max-param-length'],
    ['NUL in an id', 'GET /profiles/{own}%00', '400 invalid-request'],
    ['a line break in an id', 'GET /profiles/x%0d%0aSet-Cookie:%20a=b', '400 invalid-request'],
    ['half an escape', 'GET /profiles/%zz', '400 fst-err-bad-url'],
    [
      'a file of the machine',
      'GET /docs/static/%2e%2e/%2e%2e/%2e%2e/package.json',
      '403 fst-static-forbidden-path',
    ],
    ['a file of the machine, absolutely', 'GET /docs/static//etc/passwd', '403 fst-static-forbidden-path'],
    ['the document at another path', 'GET //profiles/{own}', '404 no-such-route'],
    ['a method that there is not', 'DELETE /profiles/{own}', '405 method-not-allowed'],
    ['the server’s own trace', 'TRACE /profiles/{own}', '405 method-not-allowed'],
    [
      'another host’s name: no answer holds it',
      'GET /profiles/{own}',
      '200',
      { head: ['X-Forwarded-Host: evil.example', 'X-Original-URL: /admin'] },
    ],
    [
      'headers without an end',
      'GET /profiles/{own}',
      '431 headers-too-large',
      { head: [`X-A: ${'x'.repeat(20_000)}`] },
    ],
    [
      'two lengths',
      'GET /profiles/{own}',
      '400 malformed-http',
      { head: ['Content-Length: 1', 'Content-Length: 2'] },
    ],
    [
      'a length and chunks',
      'GET /profiles/{own}',
      '400 malformed-http',
      { head: ['Content-Length: 4', 'Transfer-Encoding: chunked'] },
    ],
    ['a header without a name', 'GET /profiles/{own}', '400 malformed-http', { head: [': x'] }],
    ['a header over two lines', 'GET /profiles/{own}', '400 malformed-http', { head: ['X-A: a', ' b'] }],
  ]),

  ...onConsole('none', [
    ...['evil.example:3000', '127.0.0.1.evil.example', 'localhost.', ''].map((host): Row => [
      'a page of another site, whose name leads to this machine',
      'GET /',
      '403 foreign-host',
      { host },
    ]),
    ['the events of the console', 'GET /api/events', '401 unauthenticated'],
    ['the events, by a token in the address', 'GET /api/events?token=x', '401 unauthenticated'],
    ['an act', 'POST /api/acts', '401 unauthenticated', { body: '{"act":"register","params":{}}' }],
    ['what the page was compiled with', 'GET /tsconfig.json', '404 no-such-route'],
    ['a file of the machine', 'GET /assets/lit-html/../../../package.json', '404 no-such-route'],
    [
      'a file of the machine, escaped',
      'GET /assets/uplot/%2e%2e%2f%2e%2e%2fpackage.json',
      '404 no-such-route',
    ],
  ]),
  ...onConsole('own', [
    ['the events of the console', 'GET /api/events', '403 insufficient-scope'],
    ['an act', 'POST /api/acts', '403 insufficient-scope', { body: '{"act":"register","params":{}}' }],
    ['its own document, explained', 'GET /api/documents/profile/{own}', '403 insufficient-scope'],
    ['the dead letters of all', 'GET /api/dead-letters/profile', '403 insufficient-scope'],
  ]),
  ...onConsole('administrator', [
    [
      'an act of another site, whose name leads to this machine',
      'POST /api/acts',
      '403 foreign-host',
      { host: 'evil.example:3000', body: '{"act":"register","params":{}}' },
    ],
    ...[
      ['a verb that is no act', '{"act":"erase","params":{"projection":"profile","id":"{other}"}}'],
      ['a shell', '{"act":"verify; rm -rf /","params":{"projection":"profile"}}'],
      ['an option as a read model', '{"act":"rollback","params":{"projection":"--help"}}'],
      ['a module as a read model', '{"act":"verify","params":{"projection":"/tmp/evil.js"}}'],
      ['a module as a read model, upwards', '{"act":"verify","params":{"projection":"../evil"}}'],
      ['an option as an id', '{"act":"repair","params":{"projection":"profile","id":"--data=/tmp/evil"}}'],
      ['a second line in an id', '{"act":"dlq-retry","params":{"projection":"profile","user":"a\\n--all"}}'],
      ['NUL in an id', '{"act":"repair","params":{"projection":"profile","id":"a\\u0000b"}}'],
      [
        'an id without an end',
        `{"act":"repair","params":{"projection":"profile","id":"${'x'.repeat(10_000)}"}}`,
      ],
      [
        'ids in place of an id',
        '{"act":"repair","params":{"projection":"profile","id":["{own}","{other}"]}}',
      ],
      ['an option that no act has', '{"act":"rebuild","params":{"projection":"profile","fresh":true}}'],
      [
        'an option in place of a time',
        '{"act":"rebuild","params":{"projection":"profile","keepOld":"1h --fresh"}}',
      ],
      ['all, and one of them', '{"act":"dlq-retry","params":{"projection":"profile","all":true,"user":"x"}}'],
      ['another stream’s connector, as a path', '{"act":"connector-restart","params":{"stream":"../../x"}}'],
      ['no parameters', '{"act":"verify"}'],
      ['a list of acts', '[{"act":"register","params":{}}]'],
    ].map(([what = '', body = '']): Row => [what, 'POST /api/acts', '400 invalid-request', { body }]),
    [
      'a form',
      'POST /api/acts',
      '415 fst-err-ctp-invalid-media-type',
      {
        body: 'act=register',
        head: ['Content-Type: application/x-www-form-urlencoded'],
      },
    ],
    [
      'a prototype as parameters',
      'POST /api/acts',
      '400 fst-err-ctp-invalid-json-body',
      { body: '{"act":"register","params":{"__proto__":{"all":true}}}' },
    ],
    ['JSON that ends early', 'POST /api/acts', '400 fst-err-ctp-invalid-json-body', { body: '{"act":' }],
    ['nothing', 'POST /api/acts', '400 fst-err-ctp-empty-json-body', { body: '' }],
    ['an act that there is not', 'DELETE /api/acts/01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f', '404 no-such-act'],
    ['an act by a pattern', 'DELETE /api/acts/*', '400 invalid-request'],
    ['an option as a read model, asked', 'GET /api/dead-letters/--help', '400 invalid-request'],
    ['a module as a read model, asked', 'GET /api/audit/..%2fevil', '400 invalid-request'],
    ['an option as an id, asked', 'GET /api/documents/profile/--projection=history', '400 invalid-request'],
    ['a line break in an id, asked', 'GET /api/documents/profile/a%0a--json', '400 invalid-request'],
    ['an option as what is looked for', 'GET /api/documents/profile?q=--help', '400 invalid-request'],
    ['two things looked for', 'GET /api/documents/profile?q=a&q=b', '400 invalid-request'],
    ['a parameter that there is not', 'GET /api/documents/profile/{own}?wait=9999', '400 invalid-request'],
    ['an id without an end', `GET /api/documents/profile/${'1'.repeat(600)}`, '414 fst-err-max-param-length'],
  ]),
];

/** Rows of a Markdown table. */
export function hostileTable(): string {
  const cell = (text: string): string =>
    (text.length > 90 ? `${text.slice(0, 80)} …` : text).replaceAll('|', '\\|');
  const rows = HOSTILE_REQUESTS.map(({ what, request, bearer, host, head = [], body, gets }) => {
    const name = host === undefined ? [] : [`Host: ${host}`];
    const sent = [request, ...name, ...head, ...(body === undefined ? [] : [body])].map(
      (each) => `\`${cell(each)}\``,
    );
    return `| ${what} | ${sent.join('<br>')} | ${bearer} | ${gets} |`;
  });
  return ['| what | request | token | answer |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
