import { createHash, scryptSync } from 'node:crypto';

/** Costs 1 MiB: as little as a stored hash may, so that the suite is quick. For tests alone. */
const cheap = { costLog2: 10, blockSize: 8, parallelism: 1 };
/** What nobody would choose for a new hash. */
const old = { costLog2: 4, blockSize: 8, parallelism: 1 };

const longName = 'u'.repeat(60);
/** bcrypt reads 72 bytes. */
const first72 = 'p'.repeat(72);
const largest = 'w'.repeat(1024);

/** Passwords of the users of configurations. */
const users: Readonly<Record<string, { readonly password: string; readonly cost?: typeof cheap }>> = {
  alice: { password: 'secret' },
  aladdin: { password: 'open sesame' },
  test: { password: '123£' },
  carol: { password: 'a:b:c' },
  dave: { password: '?no>no?no>no' },
  erin: { password: 'gr\u00fc\u00dfe-p\u00e4ssw\u00f6rd' },
  frank: { password: `${first72}right` },
  'long-name': { password: 'right-password' },
  grace: { password: largest },
  heidi: { password: 'right-password' },
  ivan: { password: 'right-password', cost: old },
};

/** PHC texts by name of the user. */
export function makePasswordHashes(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(users).map(([name, { password, cost = cheap }]) => [name, hash(name, password, cost)]),
  );
}

function hash(name: string, password: string, { costLog2, blockSize: r, parallelism: p }: typeof cheap): string {
  const salt = createHash('sha256').update(`test-vectors ${name}`).digest().subarray(0, 16);
  const derived = scryptSync(Buffer.from(password.normalize('NFC')), salt, 32, { N: 2 ** costLog2, r, p });
  const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
  return `$scrypt$ln=${costLog2},r=${r},p=${p}$${unpadded(salt)}$${unpadded(derived)}`;
}

const encode = (userPass: string): string => Buffer.from(userPass).toString('base64');
const passwordOf = (name: string): string => users[name]!.password;

/** What stands after `Basic`, by name: good ones, and broken ones. */
export function makeBasicCredentials(): Record<string, string> {
  const dave = encode(`dave:${passwordOf('dave')}`);
  return {
    alice: encode('alice:secret'),
    aladdin: encode('Aladdin:open sesame'),
    test: encode('test:123£'),
    carol: encode(`carol:${passwordOf('carol')}`),
    dave,
    erin: encode(`erin:${passwordOf('erin')}`),
    'erin-decomposed': encode(`erin:${passwordOf('erin').normalize('NFD')}`),
    frank: encode(`frank:${passwordOf('frank')}`),
    'frank-after-72': encode(`frank:${first72}wrong`),
    'frank-72': encode(`frank:${first72}`),
    'long-name': encode(`${longName}:${passwordOf('long-name')}`),
    'long-name-after-72': encode(`${longName}:right-passworD`),
    grace: encode(`grace:${largest}`),
    'grace-1025': encode(`grace:${largest}w`),
    'alice-7000': encode(`alice:${'s'.repeat(7000)}`),
    heidi: encode(`heidi:${passwordOf('heidi')}`),
    'heidi-wrong': encode('heidi:not-the-password'),
    ivan: encode(`ivan:${passwordOf('ivan')}`),
    'alice-wrong': encode('alice:not-the-password'),
    'alice-case': encode('alice:SECRET'),
    'alice-prefix': encode('alice:secre'),
    'alice-longer': encode('alice:secret\u00a0'),
    'alice-new': encode('alice:a-new-password'),
    'alice-no-password': encode('alice:'),
    mallory: encode('mallory:secret'),
    'alice-upper-case': encode('ALICE:secret'),
    'alice-full-width': encode('\uff41\uff4c\uff49\uff43\uff45:secret'),
    'name-proto': encode('__proto__:secret'),
    'name-constructor': encode('constructor:secret'),
    'name-to-string': encode('toString:secret'),
    'test-latin1': Buffer.from('test:123£', 'latin1').toString('base64'),
    'no-colon': encode('alice'),
    'no-user': encode(':secret'),
    'nul-in-user': encode('al\u0000ice:secret'),
    'lf-in-password': encode('alice:secret\n'),
    'del-in-password': encode('alice:secret\u007f'),
    'outside-alphabet': '!!!!',
    'inner-garbage': `${encode('alice:secret').slice(0, 8)}*${encode('alice:secret').slice(8)}`,
    'padding-too-much': `${encode('alice:secret')}=`,
    'padding-missing': encode('Aladdin:open sesame').replaceAll('=', ''),
    'url-alphabet': dave.replaceAll('+', '-').replaceAll('/', '_'),
    'trailing-bits': changeLastCharacter(encode('test:123£')),
  };
}

/** Another last character for the same bytes: its low bits are none of them. */
function changeLastCharacter(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const end = text.replaceAll('=', '').length - 1;
  return `${text.slice(0, end)}${alphabet[alphabet.indexOf(text[end]!) + 1]}${text.slice(end + 1)}`;
}
