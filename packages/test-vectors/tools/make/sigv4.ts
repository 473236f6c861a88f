import { CaseList, hmac, judgedBy, sha256, type Request } from './signed-case.ts';

/** The clock of the configurations, 2026-01-01T00:00:00Z, and times off it. */
const amzNow = '20260101T000000Z';
const day = '20260101';
const host = 'api.example';
const { allow, refuse } = judgedBy('sigv4');
const secrets = {
  AKID4: 'a secret access key of this suite, four',
  next: 'a secret access key of this suite, next',
  AKIDOLD: 'a secret access key of this suite, gone',
} as const;

/** What is signed, each part as it is written; what is left out is that of a plain GET. */
interface Signed {
  readonly method?: string;
  readonly target?: string;
  /** Path and query of the canonical request, where they differ from the target's. */
  readonly path?: string;
  readonly query?: string;
  readonly amzDate?: string;
  readonly scope?: string;
  /** Fields in lower case, in order, as they are signed. */
  readonly fields?: readonly (readonly [name: string, value: string])[];
  readonly signedHeaders?: string;
  readonly payload?: string;
  readonly body?: string;
  readonly keyid?: string;
  readonly secret?: string;
  /** Fields beside, or in the place of, those that are signed. */
  readonly sent?: readonly (readonly [name: string, value: string])[];
  readonly service?: string;
}

function signatureOf(of: Signed): {
  readonly signedHeaders: string;
  readonly signature: string;
  readonly scope: string;
} {
  const { method = 'GET', target = '/orders', amzDate = amzNow, body = '', service = 'execute-api' } = of;
  const { scope = `${day}/eu-west-1/${service}/aws4_request`, secret = secrets.AKID4, payload = sha256(body) } = of;
  const [path = '', query = ''] = target.split('?');
  const fields = of.fields ?? [
    ['host', host],
    ['x-amz-date', amzDate],
  ];
  const signedHeaders = of.signedHeaders ?? fields.map(([name]) => name).join(';');
  const lines = fields.map(([name, value]) => `${name}:${value}\n`).join('');
  const canonical = [method, of.path ?? path, of.query ?? query, lines, signedHeaders, payload].join('\n');
  const text = ['AWS4-HMAC-SHA256', amzDate, scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Uint8Array>((known, part) => hmac(known, part), `AWS4${secret}`);
  return { signedHeaders, scope, signature: hmac(key, text).toString('hex') };
}

function signed(of: Signed, change: (authorization: string) => string = (text) => text): Request {
  const { method = 'GET', target = '/orders', amzDate = amzNow, keyid = 'AKID4', body } = of;
  const { signedHeaders, signature, scope } = signatureOf(of);
  const authorization = `AWS4-HMAC-SHA256 Credential=${keyid}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return {
    method,
    target,
    headers: [['Host', host], ...(of.sent ?? [['X-Amz-Date', amzDate]]), ['Authorization', change(authorization)]],
    ...(body !== undefined && { body }),
  };
}

/** All cases of SigV4. */
export function sigV4Cases(): readonly object[] {
  const list = new CaseList();
  addSuite(list);
  addScopes(list);
  addTimes(list);
  addCoverage(list);
  addPayloads(list);
  addPresigned(list);
  addCanonicalForms(list);
  return list.cases;
}

/** Requests that the test suite of AWS prints. */
function addSuite(list: CaseList): void {
  const printed = (
    request: Omit<Request, 'headers'>,
    signedHeaders: string,
    signature: string,
    more: Request['headers'] = [],
  ) =>
    allow(
      {
        ...request,
        headers: [
          ['Host', 'example.amazonaws.com'],
          ...more,
          ['X-Amz-Date', '20150830T123600Z'],
          [
            'Authorization',
            `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`,
          ],
        ],
      },
      'svc-4',
      { credentialId: 'AKIDEXAMPLE' },
    );
  const hash = '9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e';
  const add = (name: string, step: ReturnType<typeof printed>): void =>
    list.add('aws-valid', `takes ${name} of the suite of AWS`, 'sigv4-suite', [step]);
  add(
    'get-vanilla',
    printed(
      { method: 'GET', target: '/' },
      'host;x-amz-date',
      '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    ),
  );
  add(
    'get-vanilla-query-order-encoded',
    printed(
      { method: 'GET', target: '/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1' },
      'host;x-amz-date',
      '371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac',
    ),
  );
  add(
    'post-x-www-form-urlencoded',
    printed(
      { method: 'POST', target: '/', body: 'Param1=value1' },
      'content-length;content-type;host;x-amz-content-sha256;x-amz-date',
      'd3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b',
      [
        ['Content-Type', 'application/x-www-form-urlencoded'],
        ['Content-Length', '13'],
        ['X-Amz-Content-Sha256', hash],
      ],
    ),
  );
  list.add('aws-valid', 'takes each of two live secrets', 'sigv4', [
    allow(signed({}), 'svc-4', { credentialId: 'AKID4' }),
    allow(signed({ secret: secrets.next }), 'svc-4', { credentialId: 'AKID4' }),
  ]);
}

function addScopes(list: CaseList): void {
  const wrong = {
    'another day': '20251231/eu-west-1/execute-api/aws4_request',
    'another region': `${day}/us-east-1/execute-api/aws4_request`,
    'another service': `${day}/eu-west-1/s3/aws4_request`,
    'another terminator': `${day}/eu-west-1/execute-api/aws5_request`,
  };
  for (const [what, scope] of Object.entries(wrong))
    list.add('aws-scope', `refuses a scope of ${what}`, 'sigv4', [refuse(signed({ scope }), 'scope-mismatch')]);
}

function addTimes(list: CaseList): void {
  const date = 'Thu, 01 Jan 2026 00:00:00 GMT';
  const add = (what: string, of: Signed): void =>
    list.add('aws-skew', `refuses ${what}`, 'sigv4', [refuse(signed(of), 'signature-stale')]);
  add('a time 301 seconds ago', { amzDate: '20251231T235459Z', scope: '20251231/eu-west-1/execute-api/aws4_request' });
  add('a time 301 seconds ahead', { amzDate: '20260101T000501Z' });
  add('Date alone', {
    fields: [
      ['date', date],
      ['host', host],
    ],
    sent: [['Date', date]],
  });
  add('a Date of another second', {
    sent: [
      ['X-Amz-Date', amzNow],
      ['Date', 'Thu, 01 Jan 2026 00:00:01 GMT'],
    ],
  });
  add('a time that is none', { amzDate: '20260101T000000' });
}

function addCoverage(list: CaseList): void {
  const date = ['x-amz-date', amzNow] as const;
  const security = ['X-Amz-Target', 'Orders.Delete'] as const;
  const add = (what: string, of: Signed, sent: Request['headers'] = [['X-Amz-Date', amzNow]]): void =>
    list.add('aws-signed-headers', `refuses ${what}`, 'sigv4', [
      refuse(signed({ ...of, sent }), 'coverage-insufficient'),
    ]);
  add('a signature without the host', { fields: [date] });
  add('an X-Amz- field that is not signed', {}, [['X-Amz-Date', amzNow], security]);
  add('a list that is not in order', { fields: [date, ['host', host]] });
  add('a name in upper case', { fields: [['host', host], date], signedHeaders: 'host;X-Amz-Date' });
}

function addPayloads(list: CaseList): void {
  const body = '{"order":1}';
  const post = (payload: string, sentBody = body): Request =>
    signed({
      method: 'POST',
      payload,
      body: sentBody,
      fields: [
        ['host', host],
        ['x-amz-content-sha256', payload],
        ['x-amz-date', amzNow],
      ],
      sent: [
        ['X-Amz-Content-Sha256', payload],
        ['X-Amz-Date', amzNow],
      ],
    });
  const add = (what: string, request: Request): void =>
    list.add('aws-payload', `refuses ${what}`, 'sigv4', [refuse(request, 'digest-mismatch')]);
  add('a body that is not signed', post('UNSIGNED-PAYLOAD'));
  add('a body in signed chunks', post('STREAMING-AWS4-HMAC-SHA256-PAYLOAD'));
  add('a body in signed chunks with trailers', post('STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'));
  add('a body in chunks that are not signed', post('STREAMING-UNSIGNED-PAYLOAD-TRAILER'));
  add('a hash of another body', post(sha256(body), '{"order":2}'));
  add('a hash in upper case', post(sha256(body).toUpperCase()));
  // Where the option says so; the rest of the row refuses.
  const unsigned = post('UNSIGNED-PAYLOAD');
  list.add('aws-valid', 'takes a body that is not signed, where the option says so', 'sigv4-unsigned-payload', [
    allow(unsigned, 'svc-4', { credentialId: 'AKID4' }),
  ]);
}

function presigned(of: Signed & { readonly expires?: string; readonly more?: string }): Request {
  const { amzDate = amzNow, expires = '900', more = '', method = 'GET' } = of;
  const scope = of.scope ?? `${day}/eu-west-1/execute-api/aws4_request`;
  const credential = encodeURIComponent(`AKID4/${scope}`);
  const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${credential}&X-Amz-Date=${amzDate}&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host`;
  const { signature } = signatureOf({ ...of, query, fields: [['host', host]] });
  return { method, target: `/orders?${query}&X-Amz-Signature=${signature}${more}`, headers: [['Host', host]] };
}

function addPresigned(list: CaseList): void {
  list.add('aws-presigned', 'refuses a signature in the query', 'sigv4', [
    refuse(presigned({}), 'credential-in-query', 'missing-credentials'),
  ]);
  list.add('aws-presigned', 'refuses a signature in the query under a name in other letters', 'sigv4', [
    refuse(
      { method: 'GET', target: '/orders?x-amz-signature=0', headers: [['Host', host]] },
      'credential-in-query',
      'missing-credentials',
    ),
  ]);
  const add = (title: string, request: Request, reason?: string): void =>
    list.add('aws-presigned', title, 'sigv4-presigned', [
      reason === undefined ? allow(request, 'svc-4', { credentialId: 'AKID4' }) : refuse(request, reason),
    ]);
  add('takes a signature in the query, where the option says so', presigned({}));
  add('takes it again, since a GET may be repeated', presigned({}));
  add('refuses one that is good for more than 900 seconds', presigned({ expires: '901' }), 'signature-stale');
  add(
    'refuses one whose time is over',
    presigned({ amzDate: '20251231T235829Z', expires: '90', scope: '20251231/eu-west-1/execute-api/aws4_request' }),
    'signature-expired',
  );
  add('refuses a parameter that stands twice', presigned({ more: '&X-Amz-Expires=900' }), 'signature-malformed');
  add(
    'refuses a parameter that stands twice, once in other letters (CVE-2022-2385)',
    presigned({ more: '&x-amz-credential=AKIDOLD' }),
    'signature-malformed',
  );
  add('refuses a parameter that was added', presigned({ more: '&admin=true' }), 'signature-mismatch');
}

const matchedDecoded = {
  fastify: 'finds routes by the decoded path, so that the route of the others is another here',
  'nest-fastify': 'finds routes by the decoded path, so that the route of the others is another here',
};

function addCanonicalForms(list: CaseList): void {
  const add = (row: string, title: string, of: Signed, configuration = 'sigv4'): void =>
    list.add(
      row,
      title,
      configuration,
      [allow(signed(of), 'svc-4', { credentialId: 'AKID4' })],
      of.target?.includes('%') === true ? { except: matchedDecoded } : {},
    );
  const s3 = { service: 's3' } as const;
  add('aws-double-encoding', 'encodes a space a second time', { target: '/files/a%20b', path: '/files/a%2520b' });
  add('aws-double-encoding', 'encodes a slash a second time', { target: '/files/a%2Fb', path: '/files/a%252Fb' });
  add('aws-double-encoding', 'encodes UTF-8 a second time', {
    target: '/files/%E1%88%B4',
    path: '/files/%25E1%2588%25B4',
  });
  add('aws-double-encoding', 'takes two slashes for one', { target: '/files//a', path: '/files/a' });
  add('aws-double-encoding', 'encodes a space once for S3', { ...s3, target: '/files/a%20b' }, 'sigv4-s3');
  add('aws-double-encoding', 'encodes a slash once for S3', { ...s3, target: '/files/a%2Fb' }, 'sigv4-s3');
  add('aws-double-encoding', 'leaves two slashes for S3', { ...s3, target: '/files//a' }, 'sigv4-s3');
  const spaced = '  a   b  ';
  add('aws-header-spaces', 'takes runs of spaces for one, and those around a value for none', {
    fields: [
      ['host', host],
      ['x-amz-date', amzNow],
      ['x-note', 'a b'],
    ],
    sent: [
      ['X-Amz-Date', amzNow],
      ['X-Note', spaced],
    ],
  });
}
