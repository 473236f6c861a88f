import { CaseList, hmac, judgedBy, type Request } from './signed-case.ts';

/** The clock of the configurations, 2026-01-01T00:00:00Z. */
const now = 1_767_225_600;
const { allow, refuse } = judgedBy('hooks');
const post = (headers: Request['headers'], body: string, type = 'application/json'): Request => ({
  method: 'POST',
  target: '/hooks',
  headers: [['Content-Type', type], ...headers],
  body,
});

/** All cases of senders of webhooks. */
export function webhookCases(): readonly object[] {
  const list = new CaseList();
  addStandard(list);
  addGitHub(list);
  addStripe(list);
  addSlack(list);
  addBodies(list);
  for (const [sender, configuration] of [
    ['GitHub', 'webhooks-refused-secret-empty'],
    ['Stripe', 'webhooks-refused-secret-missing'],
  ] as const)
    list.addRefusedStart('wh-secret-empty-config', `refuses to start without a secret of ${sender}`, configuration, {
      reason: 'weak-secret',
      path: 'schemes.hooks.keys[0].secret',
    });
  return list.cases;
}

const standardSecret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
const nextStandardSecret = Buffer.from('dGhlIG5leHQgc2VjcmV0IG9mIHRoaXMgc2VuZGVy', 'base64');
const ping = '{"event_type":"ping","data":{"success":true}}';

const standardSignature = (id: string, at: number | string, body: string, secret = standardSecret): string =>
  hmac(secret, `${id}.${at}.${body}`).toString('base64');

interface Standard {
  readonly id?: string;
  readonly at?: number | string;
  readonly body?: string;
  readonly signature?: string;
  readonly leave?: string;
}

function standard({ id = 'msg_1', at = now, body = ping, signature, leave }: Standard): Request {
  const headers = [
    ['webhook-id', id],
    ['webhook-timestamp', String(at)],
    ['webhook-signature', signature ?? `v1,${standardSignature(id, at, body)}`],
  ] as const;
  return post(
    headers.filter(([name]) => name !== leave),
    body,
  );
}

function addStandard(list: CaseList): void {
  const documented = [
    ['webhook-id', 'msg_loFOjxBNrRLzqYUf'],
    ['webhook-timestamp', '1731705121'],
    ['webhook-signature', 'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0='],
  ] as const;
  list.add(
    'wh-standard-valid',
    'takes the delivery that is documented (Standard Webhooks 1.0)',
    'webhooks-standard-documented',
    [allow(post(documented, ping), 'sender')],
  );
  for (const [number, at] of [now - 300, now, now + 300].entries())
    list.add(
      'wh-standard-valid',
      `takes a time that is ${at - now} seconds off (Standard Webhooks 1.0)`,
      'webhooks-standard',
      [allow(standard({ id: `msg_edge_${number}`, at }), 'sender')],
    );

  const wrong = Buffer.alloc(32).toString('base64');
  const right = standardSignature('msg_rotation', now, ping);
  const next = standardSignature('msg_next', now, ping, nextStandardSecret);
  list.add(
    'wh-standard-rotation',
    'takes one right v1 of several, and passes over versions that it does not know',
    'webhooks-standard',
    [allow(standard({ id: 'msg_rotation', signature: `v1,${wrong} v1a,${wrong} v1,${right}` }), 'sender')],
  );
  list.add('wh-standard-rotation', 'takes the next secret too, while there are two', 'webhooks-standard', [
    allow(standard({ id: 'msg_next', signature: `v1,${next}` }), 'sender'),
  ]);

  const stale: readonly (readonly [string, Standard])[] = [
    ['a time 306 seconds ago', { at: now - 306 }],
    ['a time one second beyond 300', { at: now - 301 }],
    ['a time 306 seconds ahead', { at: now + 306 }],
    ['a time that is no integer', { at: 'yesterday' }],
    ['a time with a sign', { at: `+${now}` }],
    ['no time', { leave: 'webhook-timestamp' }],
    ['no id', { leave: 'webhook-id' }],
  ];
  for (const [what, of] of stale)
    list.add('wh-standard-stale', `refuses ${what}`, 'webhooks-standard', [
      refuse(standard({ id: 'msg_stale', ...of }), 'signature-stale'),
    ]);

  const once = standard({ id: 'msg_once' });
  const again = standard({ id: 'msg_once', at: now + 5 });
  list.add('wh-standard-replay', 'refuses a message that came before', 'webhooks-standard', [
    allow(once, 'sender'),
    refuse(once, 'replayed'),
  ]);
  list.add(
    'wh-standard-replay',
    'refuses a message that came before, signed anew for another time',
    'webhooks-standard',
    [refuse(again, 'replayed')],
  );

  const shifted = standardSignature('msg_shift', now, `1.${ping}`);
  list.add(
    'wh-standard-id-inject',
    'refuses an id with a full stop, which shifts what is signed',
    'webhooks-standard',
    [refuse(standard({ id: `msg_shift.${now}`, at: 1, signature: `v1,${shifted}` }), 'signature-malformed')],
  );
  list.add(
    'wh-standard-id-inject',
    'refuses a time with a full stop, which shifts what is signed',
    'webhooks-standard',
    [refuse(standard({ id: 'msg_shift', at: `${now}.1`, signature: `v1,${shifted}` }), 'signature-malformed')],
  );
  list.add('wh-standard-id-inject', 'refuses an id with a full stop that its own sender signed', 'webhooks-standard', [
    refuse(standard({ id: 'msg.1' }), 'signature-malformed'),
  ]);
}

const gitHubSecret = "It's a Secret to Everybody";
const gitHub = (body: string): string => `sha256=${hmac(gitHubSecret, body).toString('hex')}`;

function addGitHub(list: CaseList): void {
  const hello = 'Hello, World!';
  const printed = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const sha1 = ['X-Hub-Signature', `sha1=${'01dc10d0c83e72ed246219cdd91669667fe2ca59'}`] as const;
  const add = (row: string, title: string, headers: Request['headers'], body: string, reason?: string): void => {
    const request = post(headers, body, 'text/plain');
    list.add(row, title, 'webhooks-github', [
      reason === undefined ? allow(request, 'github') : refuse(request, reason),
    ]);
  };
  add('wh-github-valid', 'takes the delivery that GitHub documents', [['X-Hub-Signature-256', printed]], hello);
  add('wh-github-valid', 'takes it with the SHA-1 of old beside it', [['X-Hub-Signature-256', printed], sha1], hello);
  add('wh-github-sha1', 'refuses SHA-1 alone', [sha1], hello, 'signature-malformed');
  add(
    'wh-github-sha1',
    'refuses a signature without sha256=',
    [['X-Hub-Signature-256', printed.slice(7)]],
    hello,
    'signature-malformed',
  );
  add(
    'wh-github-sha1',
    'refuses two lines, of which one is right',
    [
      ['X-Hub-Signature-256', gitHub('another')],
      ['X-Hub-Signature-256', printed],
    ],
    hello,
    'signature-malformed',
  );
  add(
    'wh-github-sha1',
    'refuses hex in upper case',
    [['X-Hub-Signature-256', printed.toUpperCase()]],
    hello,
    'signature-malformed',
  );
}

const stripeSecret = 'whsec_test_secret_of_an_endpoint';
const stripe = (at: number | string, body: string, secret = stripeSecret): string =>
  hmac(secret, `${at}.${body}`).toString('hex');

function addStripe(list: CaseList): void {
  const body = '{\n  "id": "evt_test_webhook",\n  "object": "event"\n}';
  const right = stripe(now, body);
  const wrong = '0'.repeat(64);
  const add = (row: string, title: string, field: string, reason?: string): void => {
    const request = post([['Stripe-Signature', field]], body, 'text/plain');
    list.add(row, title, 'webhooks-stripe', [
      reason === undefined ? allow(request, 'stripe') : refuse(request, reason),
    ]);
  };
  add('wh-stripe-valid', 'takes t and v1', `t=${now},v1=${right}`);
  add(
    'wh-stripe-valid',
    'takes one right v1 of two, with a v0 beside them',
    `t=${now},v1=${wrong},v1=${right},v0=${wrong}`,
  );
  add('wh-stripe-valid', 'takes a time 300 seconds ago', `t=${now - 300},v1=${stripe(now - 300, body)}`);
  add('wh-stripe-bad', 'refuses v0 alone', `t=${now},v0=${right}`, 'signature-mismatch');
  add('wh-stripe-bad', 'refuses two times', `t=${now},t=${now - 1},v1=${right}`, 'signature-mismatch');
  add(
    'wh-stripe-bad',
    'refuses a time 301 seconds ago',
    `t=${now - 301},v1=${stripe(now - 301, body)}`,
    'signature-mismatch',
  );
  add(
    'wh-stripe-bad',
    "refuses a v1 of another endpoint's secret",
    `t=${now},v1=${stripe(now, body, 'whsec_of_another_endpoint')}`,
    'signature-mismatch',
  );
  add('wh-stripe-bad', 'refuses a v1 of another time', `t=${now + 1},v1=${right}`, 'signature-mismatch');
}

const slackSecret = '8f742231b10e8888abcd99yyyzzz85a5';
const slackNow = 1_531_420_618;
const slackBody =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
const form = 'application/x-www-form-urlencoded';
const slack = (at: number): Request => {
  const signature = `v0=${hmac(slackSecret, `v0:${at}:${slackBody}`).toString('hex')}`;
  const headers = [
    ['X-Slack-Request-Timestamp', String(at)],
    ['X-Slack-Signature', signature],
  ] as const;
  return post(headers, slackBody, form);
};

function addSlack(list: CaseList): void {
  const printed = [
    ['X-Slack-Request-Timestamp', '1531420618'],
    ['X-Slack-Signature', 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503'],
  ] as const;
  list.add('wh-slack-valid', 'takes the request that Slack documents', 'webhooks-slack', [
    allow(post(printed, slackBody, form), 'slack'),
  ]);
  list.add('wh-slack-stale', 'refuses a time 301 seconds ago', 'webhooks-slack', [
    refuse(slack(slackNow - 301), 'signature-stale'),
  ]);
  list.add('wh-slack-stale', 'refuses a time 301 seconds ahead', 'webhooks-slack', [
    refuse(slack(slackNow + 301), 'signature-stale'),
  ]);
  list.add('wh-form-body', 'takes a form, with a parser of bodies before the guard', 'webhooks-slack-parsed', [
    allow(post(printed, slackBody, form), 'slack'),
  ]);
}

function addBodies(list: CaseList): void {
  const body = '{ "a" : 1.0, "b":"\\u00e9", "a":2,\n"c":[ ] }';
  const parsedBody = '{"a":2,"b":"é","c":[]}';
  const request = post([['X-Hub-Signature-256', gitHub(body)]], body);
  for (const [place, configuration] of [
    ['before', 'webhooks-github-parsed'],
    ['after', 'webhooks-github'],
    ['nowhere near', 'webhooks-github-unparsed'],
  ] as const)
    list.add('wh-body-bytes', `takes the bytes as they came, with a parser of JSON ${place} the guard`, configuration, [
      allow(request, 'github', { parsedBody }),
    ]);
}
