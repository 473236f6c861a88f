import { describe, expect, it } from 'vitest';

import { formatClientSecretBasic } from '../../src/client-authentication/basic.js';

describe('formatClientSecretBasic', () => {
  it.each([
    ['s6BhdRkqt3', 'gX1fBat3bV', 's6BhdRkqt3:gX1fBat3bV'],
    // RFC 6749 Appendix B.
    ['client', ' %&+£€', 'client:+%25%26%2B%C2%A3%E2%82%AC'],
    ['client:with:colon', 'a/b?c=d', 'client%3Awith%3Acolon:a%2Fb%3Fc%3Dd'],
    [
      'https://client.example.org/id',
      'tilde~star*dash-dot.under_',
      'https%3A%2F%2Fclient.example.org%2Fid:tilde%7Estar*dash-dot.under_',
    ],
  ])('form-encodes %s and %s before Basic (RFC 6749 §2.3.1)', (clientId, clientSecret, text) => {
    expect(formatClientSecretBasic(clientId, clientSecret)).toBe(
      `Basic ${Buffer.from(text, 'ascii').toString('base64')}`,
    );
  });
});
