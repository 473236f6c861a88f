import { build } from '../../tsup.base.ts';
import manifest from './package.json' with { type: 'json' };

// What is measured is loaded from where it is installed, as users have it.
const external = Object.keys(manifest.devDependencies).map((name) => new RegExp(`^${name}(?:/|$)`));

export default build({ entry: ['src/main.ts', 'src/serve.ts'], platform: 'node', external });
