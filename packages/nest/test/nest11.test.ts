import { HttpException } from '@nestjs/common';
import { HttpException as HttpException11 } from 'nest11/common';
import { expect, test, vi } from 'vitest';

import { describeNest } from './nest-suite.js';

vi.mock('@nestjs/common', () => import('nest11/common'));
vi.mock('@nestjs/core', () => import('nest11/core'));
vi.mock('@nestjs/platform-express', () => import('nest11/platform-express'));
vi.mock('@nestjs/platform-fastify', () => import('nest11/platform-fastify'));

test('these tests run with Nest 11', () => {
  expect(HttpException).toBe(HttpException11);
});

describeNest('Nest 11');
