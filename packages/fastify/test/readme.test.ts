import { fileURLToPath } from 'node:url';

import { describeReadme } from '../../core/test/fixtures/adapters/readme.js';

describeReadme(fileURLToPath(new URL('..', import.meta.url)));
