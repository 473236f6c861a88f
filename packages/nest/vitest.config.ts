import { project } from '../../vitest.shared.ts';

const [major = 0] = process.versions.node.split('.').map(Number);

const config = project('nest');
// Nest 12 is for Node 22 and newer; with Nest 11 the same tests run everywhere.
if (major < 22) config.test!.exclude = ['test/nest12.test.ts', 'test/readme.test.ts'];

export default config;
