import { build } from '../../tsup.base.ts';

export default build({
  entry: [
    'src/index.ts',
    'src/axios.ts',
    'src/file-tokens.ts',
    'src/got.ts',
    'src/ky.ts',
    'src/opentelemetry.ts',
    'src/tls.ts',
    'src/undici.ts',
    'src/workload.ts',
  ],
  platform: 'neutral',
});
