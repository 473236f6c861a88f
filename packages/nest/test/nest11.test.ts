import { HttpException } from '@nestjs/common';
import { HttpException as HttpException11 } from 'nest11/common';
import { version } from 'nest11/version';
import { expect, test, vi } from 'vitest';

import { describeNest } from './nest-suite.js';

vi.mock('@nestjs/common', () => import('nest11/common'));
vi.mock('@nestjs/core', () => import('nest11/core'));
vi.mock('@nestjs/core/helpers/execution-context-host.js', () => import('nest11/execution-context-host'));
vi.mock('@nestjs/microservices', () => import('nest11/microservices'));
vi.mock('@nestjs/platform-express', () => import('nest11/platform-express'));
vi.mock('@nestjs/platform-fastify', () => import('nest11/platform-fastify'));
vi.mock('@nestjs/platform-ws', () => import('nest11/platform-ws'));
vi.mock('@nestjs/websockets', () => import('nest11/websockets'));

test('these tests run with Nest 11', () => {
  expect(HttpException).toBe(HttpException11);
  expect(version).toMatch(/^11\./);
});

describeNest('Nest 11');
