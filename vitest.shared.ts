import { defaultServerConditions } from 'vite';
import { defineProject, type UserWorkspaceConfig } from 'vitest/config';

// AUTH_TEST_DIST=1 runs the same suites against the built packages.
const conditions = process.env['AUTH_TEST_DIST']
  ? [...defaultServerConditions]
  : ['@auth/source', ...defaultServerConditions];

export function project(name: string): UserWorkspaceConfig {
  return defineProject({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: { name, include: ['test/**/*.test.ts'], environment: 'node', testTimeout: 30_000 },
  });
}
