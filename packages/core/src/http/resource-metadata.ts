import type { Handler } from '../contracts/handler.js';
import type { ResourceMetadata } from '../contracts/scheme.js';
import { Faults } from '../errors/faults.js';
import { answerJson, answerMethodNotAllowed } from './json-answer.js';

const wellKnown = '/.well-known/oauth-protected-resource';
// Decision: short enough that a new issuer is seen soon.
const maxAgeSeconds = 300;

/** Where the metadata of a resource lie: the path of its identifier follows the well-known one (RFC 9728 §3.1). */
export function metadataUrl(resource: string): URL {
  const { origin, pathname } = new URL(resource);
  return new URL(`${origin}${wellKnown}${pathname === '/' ? '' : pathname}`);
}

/**
 * Makes the handlers that serve the metadata of a guard's schemes, by path. Schemes that guard one resource publish one document:
 * what is a list in it has the items of all.
 * @param published by the names of the schemes
 * @throws ConfigurationError where two documents of one path contradict each other
 */
export function createMetadataHandlers(
  published: readonly (readonly [scheme: string, document: ResourceMetadata])[],
): Readonly<Record<string, Handler>> {
  const faults = new Faults();
  const documents = new Map<string, ResourceMetadata>();
  for (const [scheme, document] of published) {
    const path = metadataUrl(document.resource).pathname;
    const joined = join(documents.get(path) ?? {}, document);
    if (joined === undefined)
      faults.add(
        `schemes.${scheme}.resourceMetadata`,
        'contradicting-options',
        `says otherwise than another scheme of what lies at ${path}: write it once`,
      );
    else documents.set(path, joined);
  }
  faults.throwIfAny();
  return Object.freeze(Object.fromEntries([...documents].map(([path, document]) => [path, serve(document)])));
}

function join(before: object, document: ResourceMetadata): ResourceMetadata | undefined {
  const joined: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(document)) {
    const known = joined[name];
    if (known === undefined) joined[name] = value;
    else if (Array.isArray(known) && Array.isArray(value)) joined[name] = [...new Set<unknown>([...known, ...value])];
    else if (known !== value) return undefined;
  }
  return joined as unknown as ResourceMetadata;
}

function serve(document: ResourceMetadata): Handler {
  const found = answerJson(200, document, [['cache-control', `public, max-age=${maxAgeSeconds}`]]);
  const otherMethod = answerMethodNotAllowed(['GET', 'HEAD']);
  return async ({ method }) => (method === 'GET' || method === 'HEAD' ? found : otherMethod);
}
