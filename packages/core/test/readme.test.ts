import { fileURLToPath } from 'node:url';

import { describeReadme } from './fixtures/adapters/readme.js';

describeReadme(fileURLToPath(new URL('..', import.meta.url)), { hasForgotten: false });
