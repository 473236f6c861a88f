import { parseArgs } from 'node:util';

import { auditVerifyUsage, verifyAudit } from './audit-verify.js';
import { callHelper, callUsage } from './call.js';
import { UsageError } from './configuration.js';
import { hosts } from './hosts/index.js';
import { request, requestUsage } from './request.js';
import { printRoutes } from './routes.js';
import { serve } from './serve.js';
import { runVectors } from './vectors.js';

const usage = `usage:
  conformance serve --framework ${Object.keys(hosts).join('|')} --config FILE
  conformance routes --config FILE [--openapi]
  ${requestUsage}
  ${callUsage}
  ${auditVerifyUsage}
  conformance vectors [--framework F] [--only ID]`;

async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  if (command === 'request') return request(rest);
  if (command === 'call') return call(rest);
  if (command === 'audit-verify') return auditVerify(rest);
  const { values } = parseArgs({
    args: rest,
    options: {
      framework: { type: 'string' },
      config: { type: 'string' },
      only: { type: 'string' },
      openapi: { type: 'boolean' },
    },
  });
  if (values.framework !== undefined && !Object.hasOwn(hosts, values.framework)) {
    throw new UsageError(`--framework: must be one of ${Object.keys(hosts).join(', ')}`);
  }
  switch (command) {
    case 'serve':
      await serve(needed(values.framework, '--framework'), needed(values.config, '--config'));
      return 0;
    case 'routes':
      printRoutes(needed(values.config, '--config'), values.openapi === true);
      return 0;
    case 'vectors':
      return (await runVectors(values.framework === undefined ? Object.keys(hosts) : [values.framework], values.only))
        ? 0
        : 1;
    default:
      throw new UsageError(usage);
  }
}

async function call(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { input: { type: 'string' } },
    allowPositionals: true,
  });
  const [name, ...others] = positionals;
  if (others.length > 0) throw new UsageError(callUsage);
  return (await callHelper(needed(name, 'NAME'), values.input)) ? 0 : 1;
}

async function auditVerify(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { key: { type: 'string' } },
    allowPositionals: true,
  });
  const [file, ...others] = positionals;
  if (others.length > 0) throw new UsageError(auditVerifyUsage);
  return verifyAudit(needed(file, 'FILE'), values.key);
}

function needed(value: string | undefined, name: string): string {
  if (value === undefined) throw new UsageError(`${name} is missing\n${usage}`);
  return value;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usageError = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`${usageError ? (error as Error).message : (error as Error).stack}\n`);
  process.exitCode = usageError ? 2 : 1;
}
