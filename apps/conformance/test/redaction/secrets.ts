import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { loadConfigurations } from '@auth/test-vectors';

/** Every secret that the suite uses, by a name that may be shown. */
export type Secrets = Map<string, string>;

const pieceLength = 16;
/** Shorter passwords are words of the language too: they are looked for where a text begins and ends with them. */
const shortestWord = 8;
const secretMembers = new Set(['password', 'passwordHash', 'key', 'secret', 'secretBase64', 'clientSecret', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'k']); // prettier-ignore
const { resolve } = createRequire(import.meta.url);

const readTexts = (file: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(resolve(`@auth/test-vectors/vectors/${file}`), 'utf8')) as Record<string, string>;

/** Tokens, keys, passwords and hashes of the suite, what its configurations hold, and its private keys. */
export function collectSecrets(): Secrets {
  const secrets: Secrets = new Map();
  for (const [file, kind] of [
    ['tokens.json', 'token'],
    ['keys/api-keys.json', 'key'],
    ['keys/basic.json', 'basic'],
    ['keys/password-hashes.json', 'hash'],
  ] as const)
    for (const [name, text] of Object.entries(readTexts(file)))
      // One as JSON is made of parts of others, and of names that stand in events too.
      // The header of a proof holds a public key.
      if (!text.startsWith('{'))
        secrets.set(`${kind} ${name}`, secretOf(name.startsWith('proof-') ? text.slice(text.indexOf('.') + 1) : text));
  collectMembers(readTexts('keys/private.json'), 'private key', secrets);
  collectMembers(loadConfigurations(), 'configuration', secrets);
  return secrets;
}

/** Of a hash, salt and hash; what it cost is no secret. */
const secretOf = (text: string): string => /^\$[^$]+\$(?:v=19\$)?[^$]+\$(.*)$/.exec(text)?.[1] ?? text;

function collectMembers(value: unknown, path: string, secrets: Secrets): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    const at = `${path} ${name}`;
    if (typeof member === 'string' && secretMembers.has(name)) secrets.set(at, secretOf(member));
    else collectMembers(member, at, secrets);
  }
}

/** Names each secret of which a text shows the whole, or a piece of sixteen characters, in any of its forms. */
export class SecretFinder {
  readonly #pieces = new Map<string, string>();
  readonly #words = new Map<string, string>();

  readonly #known = new Set<string>();

  add(secrets: Secrets): void {
    for (const [name, secret] of secrets) {
      if (this.#known.has(secret)) continue;
      this.#known.add(secret);
      for (const form of formsOf(secret)) this.#add(form, name);
    }
  }

  /** How many pieces are looked for. */
  get size(): number {
    return this.#pieces.size + this.#words.size;
  }

  find(text: string): readonly string[] {
    const found = new Set<string>();
    // What is printed over several lines is one text here.
    const plain = text
      .replace(/\s+/g, ' ')
      // What anybody may see, and what stands in some credential too: certificates, the name of a member.
      .replace(/BEGIN CERTIFICATE.*?END CERTIFICATE/g, '')
      .replaceAll('"signatures":[{', '');
    for (let at = 0; at + pieceLength <= plain.length; at++) {
      const name = this.#pieces.get(plain.slice(at, at + pieceLength));
      if (name !== undefined) found.add(name);
    }
    for (const [word, name] of this.#words) if (plain.includes(word)) found.add(name);
    return [...found];
  }

  #add(form: string, name: string): void {
    const text = form.replace(/\s+/g, ' ');
    if (text.length < shortestWord) {
      if (text.length > 1)
        for (const word of [`'${text}'`, `"${text}"`, `:${text}'`, `:${text}"`]) this.#words.set(word, name);
    } else if (text.length < pieceLength) {
      this.#words.set(text, name);
    } else {
      for (let at = 0; at + pieceLength <= text.length; at++) {
        const piece = text.slice(at, at + pieceLength);
        // A run of one character is nobody's.
        if (new Set(piece).size > 2) this.#pieces.set(piece, name);
      }
    }
  }
}

/** A secret as it is, what it says where it is base64, and the bytes of both as programs print them. */
function formsOf(secret: string): readonly string[] {
  const texts = [secret];
  const decoded = /^[A-Za-z0-9+/_-]{8,}={0,2}$/.test(secret) ? Buffer.from(secret, 'base64') : undefined;
  if (decoded !== undefined && decoded.length < 1024) texts.push(...bytesAs(decoded), ...passwordOf(decoded));
  // A token has three parts; of the others the bytes may be printed.
  if (secret.length < 200) texts.push(...bytesAs(Buffer.from(secret)));
  return texts;
}

const bytesAs = (bytes: Buffer): readonly string[] => [
  bytes.toString('hex'),
  bytes.toString('hex').replace(/..(?!$)/g, '$& '),
  bytes.toString('base64'),
  bytes.toString('base64url'),
  bytes.join(', '),
  bytes.join(','),
  ...(isText(bytes) ? [bytes.toString()] : []),
];

const isText = (bytes: Buffer): boolean =>
  Buffer.from(bytes.toString()).equals(bytes) && !/\p{Cc}/u.test(bytes.toString());

function passwordOf(userPass: Buffer): readonly string[] {
  const [, password] = /^[^:]{1,100}:(.+)$/s.exec(userPass.toString()) ?? [];
  return password === undefined ? [] : [password, password.normalize('NFC')];
}
