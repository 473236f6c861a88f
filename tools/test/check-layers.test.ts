import { expect, test } from 'vitest';
import { checkLayers } from '../check-layers.ts';

const check = (path: string, text: string): string[] => checkLayers([{ path: `packages/${path}`, text }]);

test.each([
  ['guard/check.ts', `import { a } from '../http/problem.js';`],
  ['guard/check.ts', `import { a } from '../confirmation/confirm.js';`],
  ['http/target-uri.ts', `import { a } from '../crypto/thumbprint.js';`],
  ['keys/static-keys.ts', `import { crypto } from '#crypto'; import { importJWK } from 'jose';`],
  ['crypto/web.ts', `import { hkdf } from '@noble/hashes/hkdf.js';`],
  ['crypto/node.ts', `import { createHmac } from 'node:crypto';`],
  ['audit/sinks/file.ts', `import { open } from 'node:fs/promises';`],
  ['schemes/oidc/login.ts', `import { a } from '../jwt/verify.js';`],
  ['schemes/jwt/verify.ts', `import { a } from './claims.js'; import { b } from '../../keys/key-source.js';`],
  ['schemes/introspection/verify.ts', `import { a } from '../../client-authentication/basic.js';`],
  ['issuer/issuer.ts', `import { a } from '../schemes/jwt/claims.js'; import { b } from '../confirmation/confirm.js';`],
  ['contracts/scheme.ts', `import type { Principal } from './principal.js'; export interface Scheme { p: Principal }`],
  ['index.ts', `export { a } from './guard/create-auth.js'; export { b } from './schemes/basic/index.js';`],
])('lets core/%s import downwards: %s', (path, text) => {
  expect(check(`core/src/${path}`, text)).toEqual([]);
});

test.each([
  ['base/bytes.ts', `import { a } from '../http/problem.js';`, 'layer base may not import http'],
  ['crypto/web.ts', `import { a } from '../http/problem.js';`, 'layer crypto may not import http'],
  ['stores/replay.ts', `import { a } from '../keys/key-ring.js';`, 'layer stores may not import keys'],
  ['guard/check.ts', `import { a } from '../schemes/jwt/verify.js';`, 'layer guard may not import schemes/jwt'],
  ['guard/check.ts', `import type { A } from '../fetch/request.js';`, 'layer guard may not import fetch'],
  ['guard/check.ts', `type A = import('../node/request.js').A;`, 'layer guard may not import node'],
  ['guard/check.ts', `export * from '../index.js';`, 'layer guard may not import index.ts'],
  ['guard/check.ts', `const a = await import('../schemes/jwt/verify.js');`, 'layer guard may not import schemes/jwt'],
  [
    'schemes/basic/verify.ts',
    `import { a } from '../jwt/verify.js';`,
    'layer schemes/basic may not import schemes/jwt',
  ],
  [
    'schemes/jwt/verify.ts',
    `import { a } from '../../confirmation/confirm.js';`,
    'layer schemes/jwt may not import confirmation',
  ],
  [
    'confirmation/confirm.ts',
    `import { a } from '../schemes/jwt/verify.js';`,
    'layer confirmation may not import schemes/jwt',
  ],
  ['policy/policy.ts', `import { a } from '../audit/emit.js';`, 'layer policy may not import audit'],
  [
    'throttle/lockout.ts',
    `import { a } from '../confirmation/confirm.js';`,
    'layer throttle may not import confirmation',
  ],
  ['issuer/issuer.ts', `import { a } from '../schemes/oidc/login.js';`, 'layer issuer may not import schemes/oidc'],
  ['contracts/scheme.ts', `import type { A } from '../base/clock.js';`, 'layer contracts may not import base'],
  ['guard/check.ts', `import express from 'express';`, 'core may not import it'],
  ['guard/check.ts', `import { a } from '@auth/express';`, 'core may not import it'],
  ['guard/check.ts', `import { a } from '../../../express/src/index.js';`, 'core may not import files outside its src'],
  ['helpers/a.ts', `import { a } from '../base/bytes.js';`, 'helpers/a.ts is in no layer of tools/check-layers.ts'],
])('sees that core/%s may not: %s', (path, text, reason) => {
  const [problem, ...others] = check(`core/src/${path}`, text);
  expect(problem).toContain(reason);
  expect(others).toEqual([]);
});

test('names the file, the line and the import', () => {
  expect(check('core/src/policy/policy.ts', `// why\nimport {\n  a,\n} from '../guard/check.js';\n`)).toEqual([
    'packages/core/src/policy/policy.ts:4 imports ../guard/check.js: layer policy may not import guard',
  ]);
});

test('sees Node built-ins in the portable part of core', () => {
  expect(check('core/src/http/problem.ts', `import { STATUS_CODES } from 'node:http';`)).toHaveLength(1);
  expect(check('core/src/index.ts', `const http = require('node:http');`)).toHaveLength(1);
});

test('sees code in contracts, even an import that stays', () => {
  expect(check('core/src/contracts/failure.ts', 'export const codes = [1];')).toHaveLength(1);
  expect(
    check('core/src/contracts/failure.ts', `import { type A } from './scheme.js';\nexport type B = A;`),
  ).toHaveLength(1);
});

test('does not take comments and texts for imports', () => {
  expect(check('core/src/base/bytes.ts', `// import a from 'express'\nexport const a = "import 'express'";`)).toEqual(
    [],
  );
});

test.each([
  ['express/src/index.ts', `import { a } from '@auth/fastify';`],
  ['express/src/index.ts', `import { a } from '@auth/demo';`],
  ['express/src/index.ts', `import { a } from '@auth/core/testing';`],
  ['express/src/index.ts', `import { a } from '../../core/src/node.js';`],
  ['fastify/src/index.ts', `import { a } from '../../../apps/demo/src/main.js';`],
  ['test-vectors/src/index.ts', `import { a } from '@auth/core';`],
  ['hapi/src/index.ts', `import { a } from './a.js';`],
])('sees that %s may not: %s', (path, text) => {
  expect(check(path, text)).toHaveLength(1);
});

test('lets adapters import core, core/node and their framework', () => {
  const text = `import express from 'express';\nimport { a } from '@auth/core';\nimport { b } from '@auth/core/node';`;
  expect(check('express/src/express-auth.ts', text)).toEqual([]);
});
