import { describe } from 'vitest';

import type { Platform } from './serve.js';
import { describeAnswers } from './suite/answers.js';
import { describeContexts } from './suite/contexts.js';
import { describeDenyByDefault } from './suite/deny-by-default.js';
import { describeGateway } from './suite/gateway.js';
import { describeLateScheme } from './suite/late-scheme.js';
import { describeMessages } from './suite/messages.js';
import { describeModule } from './suite/module.js';
import { describePrincipal } from './suite/principal.js';
import { describeRawBody } from './suite/raw-body.js';
import { describeResolver } from './suite/resolver.js';

/** What every version of Nest does on each of its platforms. */
export function describeNest(version: string): void {
  describe.each<Platform>(['Express', 'Fastify'])(`${version} on %s`, (platform) => {
    describeAnswers(platform);
    describeDenyByDefault(platform);
    describeGateway(platform);
    describeLateScheme(platform);
    describeMessages(platform);
    describeModule(platform);
    describePrincipal(platform);
    describeRawBody(platform);
    describeResolver(platform);
  });

  describe(`${version} without a platform`, () => {
    describeContexts();
  });
}
