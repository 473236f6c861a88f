import type { SigningKeyEntry, SigningKeyStore } from '@auth/core/issuer';

import { readEntry } from './entry.js';
import type { Redis } from './redis.js';
import { script } from './script.js';

// One list of JSON entries. ARGV: what must be the last keyid (empty: none), and the entry.
const add = script(`
local last = redis.call('LINDEX', KEYS[1], -1)
local keyid = ''
if last then keyid = cjson.decode(last).keyid end
if keyid ~= ARGV[1] then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[2])
return 1
`);
const remove = script(`
for _, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if cjson.decode(entry).keyid == ARGV[1] then redis.call('LREM', KEYS[1], 1, entry) end
end
return 0
`);

/**
 * Keeps the signing keys of an issuer in Redis, for all its processes, as the issuer has sealed them. Redis must be set to persist, or every
 * token is refused after it has lost them.
 */
export function createRedisSigningKeys(redis: Redis): SigningKeyStore {
  const name = `${redis.prefix}:{signing-keys}`;
  return {
    async list() {
      const entries = (await redis.send(['LRANGE', name, '0', '-1'], name)) as readonly unknown[];
      return entries.map(readKey);
    },
    async add({ keyid, value }, after) {
      return (await redis.run(add, [name], [after ?? '', JSON.stringify({ keyid, value })])) === 1;
    },
    async remove(keyid) {
      await redis.run(remove, [name], [keyid]);
    },
  };
}

/** @throws Error for what is no key: that may have been the one that tokens were signed with */
function readKey(text: unknown): SigningKeyEntry {
  const { keyid, value } = readEntry(text) ?? {};
  if (typeof keyid !== 'string' || typeof value !== 'string')
    throw new Error('redis: a signing key is not as it was written');
  return { keyid, value };
}
