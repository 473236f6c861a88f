import { RequestMethod, type ExecutionContext, type Type } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

/** The routes of a handler as its controller declares them: without a global prefix, a version, or the path of a module. */
export function pathsOf(
  reflector: Reflector,
  controller: Type,
  handler: ReturnType<ExecutionContext['getHandler']>,
): readonly { readonly method: string; readonly path: string }[] {
  const method = reflector.get<RequestMethod | undefined>('method', handler);
  if (method === undefined) return [];
  const name = method === RequestMethod.ALL ? '*' : RequestMethod[method];
  const before = [reflector.get<string | string[]>('path', controller)].flat();
  const after = [reflector.get<string | string[]>('path', handler)].flat();
  return before.flatMap((prefix) => after.map((path) => ({ method: name, path: join(prefix, path) })));
}

const join = (...parts: readonly string[]): string =>
  `/${parts.flatMap((part) => part.split('/').filter(Boolean)).join('/')}`;
