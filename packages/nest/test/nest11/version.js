import { createRequire } from 'node:module';

export const { version } = createRequire(import.meta.url)('@nestjs/core/package.json');
