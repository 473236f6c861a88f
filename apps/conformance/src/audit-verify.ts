import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { isConfigurationError } from '@auth/core';
import { verifyAuditChain } from '@auth/core/audit';

import { textOfFault, UsageError } from './configuration.js';

export const auditVerifyUsage = 'conformance audit-verify FILE [--key PUBLIC.pem]';

/**
 * `audit-verify`: verifies the chain of a log, with the key that was kept elsewhere, or the one beside it, which proves nothing against
 * whoever owns the log.
 * @returns 0 of a whole log; 1 with the number of the first bad line; 3 where the log has no end
 */
export async function verifyAudit(file: string, key: string | undefined): Promise<number> {
  const publicKeyPem = read(key ?? `${file}.pub`, key === undefined ? 'FILE.pub' : '--key');
  if (key === undefined)
    process.stdout.write(`key: ${file}.pub, from beside the log: who could write both could write both anew\n`);
  const kept = `${file}.checkpoints`;
  const checkpoints = existsSync(kept) ? readFileSync(kept, 'utf8').split('\n').slice(0, -1) : [];
  if (!existsSync(file)) throw new UsageError(`FILE: ${file} cannot be read`);
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  const verdict = await verifyAuditChain(lines, { publicKeyPem, checkpoints }).catch((error: unknown) => {
    throw isConfigurationError(error) ? new UsageError(error.faults.map(textOfFault).join('\n')) : error;
  });
  if (verdict.kind === 'broken') {
    process.stdout.write(`line ${verdict.line}: ${verdict.reason}\n`);
    return 1;
  }
  process.stdout.write(
    `${verdict.lines} lines, ${verdict.end === 'closed' ? 'whole' : 'whole so far: nothing says that this is the end'}\n`,
  );
  return verdict.end === 'closed' ? 0 : 3;
}

function read(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`${name}: ${file} cannot be read`);
  }
}
