import { createCipheriv, createHash, hkdfSync } from 'node:crypto';

/** Start of the configurations, in seconds since the epoch. */
const now = 1_767_225_600;
/** As in `vectors/configurations/session.json`. */
const secrets = {
  first: 'kQ0m8r7Xo2c1b6vT9yZ4aL5nPq3sWdEfGhJiKlMuOxA=',
  second: 'Zx7cV1bN8mQ4wE2rT6yU0iO9pA3sD5fGhJkLzXcVbNM=',
  foreign: 'dGhpcy1zZWNyZXQtYmVsb25ncy10by1zb21lYm9keS1lbHNlLQ==',
} as const;

interface SessionRecipe {
  readonly secret?: keyof typeof secrets;
  readonly purpose?: string;
  readonly startedAt?: number;
  readonly seenAt?: number;
}

const recipes: Readonly<Record<string, SessionRecipe>> = {
  good: {},
  'second-secret': { secret: 'second' },
  'foreign-secret': { secret: 'foreign' },
  'other-purpose': { purpose: 'login __Host-session' },
  idle: { startedAt: now - 3600, seenAt: now - 1800 },
  'almost-idle': { startedAt: now - 3600, seenAt: now - 1799 },
  old: { startedAt: now - 43_200, seenAt: now - 10 },
};

/** Values of session cookies by name: AES-256-GCM under a key by HKDF-SHA-256, as text of version, nonce, ciphertext and tag. */
export function makeSessions(): Record<string, string> {
  const made = Object.entries(recipes).map(([name, recipe]) => [name, seal(name, recipe)] as const);
  const { good } = Object.fromEntries(made) as { readonly good: string };
  return { ...Object.fromEntries(made), flipped: flip(good) };
}

function seal(name: string, { secret = 'first', purpose = 'session __Host-session', ...times }: SessionRecipe): string {
  const info = `@auth/core ${purpose}`;
  const key = hkdfSync('sha256', Buffer.from(secrets[secret], 'base64'), Buffer.alloc(0), info, 32);
  // No two of them have one nonce, and a second run makes the same.
  const nonce = createHash('sha256').update(`test-vectors ${name}`).digest().subarray(0, 12);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key), nonce).setAAD(Buffer.of(1));
  const { startedAt = now - 60, seenAt = now - 60 } = times;
  const record = {
    issuer: 'https://issuer.example',
    subject: 'ann',
    sid: 's-1',
    roles: ['reader'],
    claims: { name: 'Ann' },
  };
  const text = JSON.stringify({ ...record, id: `session-${name}`, startedAt, seenAt });
  return Buffer.concat([Buffer.of(1), nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  );
}

/** One bit of the ciphertext is another. */
function flip(value: string): string {
  const bytes = Buffer.from(value, 'base64url');
  bytes[20] = bytes[20]! ^ 1;
  return bytes.toString('base64url');
}
