import { createAuth } from '@auth/core';
import { Protect } from '@auth/nest';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { describe, expect, test } from 'vitest';

import { digests, sha256 } from '../../../core/test/fixtures/adapters/digest-scheme.js';
import { serve, type Platform } from '../serve.js';

/** Bodies. */
export function describeRawBody(platform: Platform): void {
  describe('schemes that sign bodies', () => {
    const body = '{ "note": "grüße",  "n": 1.0 }';
    const sent = {
      headers: { 'content-type': 'application/json', 'x-digest': sha256(Buffer.from(body)) },
      body,
    };

    @Controller()
    class Routes {
      @Post('x')
      @HttpCode(200)
      @Protect({ scheme: 'digests' })
      x(@Body() parsed: unknown): unknown {
        return parsed;
      }
    }

    test('read the bytes as received where Nest is made with rawBody', async () => {
      const auth = createAuth({ schemes: { digests } });
      const { ask } = await serve(platform, auth, { controllers: [Routes] }, { rawBody: true });
      expect(await ask('POST', '/x', sent)).toMatchObject({ status: 200, text: JSON.stringify(JSON.parse(body)) });
      expect(await ask('POST', '/x', { ...sent, body: body.replace('1.0', '2.0') })).toMatchObject({
        status: 401,
        code: 'invalid-signature',
      });
    });

    test('are a wrong configuration where it is not, never a pass', async () => {
      const errors: unknown[] = [];
      const auth = createAuth({ schemes: { digests }, onError: (error) => void errors.push(error) });
      const { ask } = await serve(platform, auth, { controllers: [Routes] });
      expect(await ask('POST', '/x', sent)).toMatchObject({ status: 500, code: 'configuration-error' });
      expect(errors).toHaveLength(1);
    });
  });
}
