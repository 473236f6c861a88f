import { Secret } from '@auth/core/signing';
import { describe, expect, it } from 'vitest';

import { findExpiry } from '../../src/tokens/lifetime.js';
import { createBench, grant, start } from '../fixtures/client.js';
import { json } from '../fixtures/server.js';

const jwt = (claims: object): string =>
  `eyJhbGciOiJub25lIn0.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

describe('cli-expires-in: how long a token is used', () => {
  it.each<[string, object, number]>([
    ['is what a number says', { expires_in: 3600 }, 3600],
    ['is what the text of a number says', { expires_in: '3600' }, 3600],
    ['is five minutes where nobody says it', {}, 300],
    ['is five minutes for null', { expires_in: null }, 300],
    ['is by exp where the token is a JWT', { access_token: jwt({ exp: start + 700 }) }, 700],
    ['is by expires_in where both are there', { access_token: jwt({ exp: start + 700 }), expires_in: 60 }, 60],
    ['is five minutes where exp is no number', { access_token: jwt({ exp: 'soon' }) }, 300],
    ['is a day where the issuer says 1e12', { expires_in: 1e12 }, 86_400],
    ['is a day for an exp far away', { access_token: jwt({ exp: 1e12 }) }, 86_400],
  ])('%s', async (_title, more, seconds) => {
    const { issuer, client, clock } = await createBench({
      issuer: () => json({ access_token: 'opaque', token_type: 'Bearer', ...more }),
      options: { random: (length) => new Uint8Array(length) },
    });
    expect((await client.fetch('/')).status).toBe(200);
    clock.advance(seconds * 0.89);
    await client.fetch('/');
    expect(issuer.seen).toHaveLength(1);
    clock.advance(seconds * 0.11 + 0.001);
    await client.fetch('/');
    expect(issuer.seen).toHaveLength(2);
  });

  it.each([[0], [-5], ['-5'], ['0']])('is one use where the issuer says %j', async (expiresIn) => {
    const { issuer, client } = await createBench({
      issuer: (_seen, index) => grant(index, { expires_in: expiresIn }),
    });
    const statuses = await Promise.all(
      Array.from({ length: 10 }, () => client.fetch('/').then(({ status }) => status)),
    );
    expect(statuses).toEqual(Array(10).fill(200));
    expect(issuer.seen).toHaveLength(1);
    await client.fetch('/');
    expect(issuer.seen).toHaveLength(2);
  });

  it('begins when the request was sent', () => {
    const accessToken = new Secret('opaque');
    expect(findExpiry({ accessToken, expiresIn: 60 }, start)).toBe(start + 60);
    expect(findExpiry({ accessToken, expiresIn: Number.POSITIVE_INFINITY }, start)).toBe(start + 86_400);
  });
});
