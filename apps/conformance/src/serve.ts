import { createAuth } from '@auth/core';
import type { Config } from '@auth/core/testing';

import { loadConfiguration, textOfFault, UsageError } from './configuration.js';
import { createControl } from './control/commands.js';
import { listenForCommands } from './control/listener.js';
import { createControlledStores, type ControlledStores } from './control/stores.js';
import { faultsIn, hosts } from './hosts/index.js';
import { createSharedStores } from './shared-stores.js';

/** `serve`: prints one line when it listens; on SIGTERM finishes what is in flight and exits. */
export async function serve(framework: string, file: string): Promise<void> {
  const stores = createControlledStores();
  const shared = createSharedStores();
  const config = loadConfiguration(file, stores, shared.open);
  const faults = faultsIn(framework, config);
  if (faults.length > 0) throw new UsageError(faults.map(textOfFault).join('\n'));
  try {
    await shared.ready();
    await serveUntilTold(framework, config, stores);
  } finally {
    await shared.close();
  }
}

async function serveUntilTold(framework: string, config: Config, stores: ControlledStores): Promise<void> {
  if (config.options.insecureTransport === 'allow')
    process.stderr.write('warning: insecureTransport "allow" takes secrets over plain HTTP from everywhere\n');
  const auth = createAuth({
    ...config.options,
    onError: (error) => void process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`),
    ...(config.audit !== undefined && { audit: config.audit }),
  });
  await auth.ready();
  const server = await hosts[framework]!(config, auth).catch(refuseAddress);
  const control = config.control ? await listenForCommands(createControl(config, stores)) : undefined;
  const told = { url: server.url, pid: process.pid, ...(control !== undefined && { control: control.url }) };
  process.stdout.write(`${JSON.stringify(told)}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  await Promise.all([server.stop(), control?.stop()]);
}

/** An address that cannot be listened at is a fault of the configuration. */
function refuseAddress(error: Error & { readonly syscall?: string }): never {
  throw error.syscall === 'listen' ? new UsageError(`listen: ${error.message}`) : error;
}
