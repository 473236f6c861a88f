import type { ConfirmationMode, ResourceMetadata } from '../../contracts/scheme.js';
import { Faults } from '../../errors/faults.js';
import { findUrlFault } from '../../http/document-fetcher.js';
import { metadataUrl } from '../../http/resource-metadata.js';

/** What else an API says of itself (RFC 9728 §2). */
export interface ResourceMetadataOptions {
  /** Its identifier, an https URL; default: the audience of the scheme. */
  readonly resource?: string;
  /** `scopes_supported`. */
  readonly scopes?: readonly string[];
  /** `resource_name`. */
  readonly name?: string;
  /** `resource_documentation`, a URL. */
  readonly documentation?: string;
}

/** What a scheme knows of the API that it guards. */
export interface GuardedResource {
  readonly audience: readonly string[];
  /** Whose tokens it takes. */
  readonly issuers: readonly string[];
  readonly allowInsecureHttp: boolean;
}

interface HowTokensCome {
  readonly tokenInBody: boolean;
  readonly dpop: ConfirmationMode;
}

export interface PublishedMetadata {
  readonly document: ResourceMetadata;
  /** Where it is found. Made of the options alone: neither `Host` nor a forwarded field has a part in it. */
  readonly url: string;
}

const members = ['resource', 'scopes', 'name', 'documentation'] as const;
// A path that every framework takes as it stands.
const plainPath = /^[A-Za-z0-9/._~-]*$/;

/** Adds every fault to `faults`. @returns undefined where nothing is published */
export function checkResourceMetadata(
  options: boolean | ResourceMetadataOptions | undefined,
  guarded: GuardedResource & HowTokensCome,
  faults: Faults,
): PublishedMetadata | undefined {
  if (options === undefined || options === false) return undefined;
  if (options !== true && (typeof options !== 'object' || options === null)) {
    faults.add('resourceMetadata', 'invalid-option', `must be true, or an object with any of ${members.join(', ')}`);
    return undefined;
  }
  const given = options === true ? {} : options;
  return faults.within('resourceMetadata', () => {
    const found = new Faults();
    found.addUnknown(given, members);
    const resource = checkResource(given, guarded, found);
    checkTexts(given, found);
    found.throwIfAny();
    return { url: metadataUrl(resource).href, document: toDocument(given, guarded, resource) };
  });
}

function checkResource({ resource }: ResourceMetadataOptions, guarded: GuardedResource, faults: Faults): string {
  const named = resource === undefined ? [...new Set(guarded.audience)] : [resource];
  const [only] = named;
  const remedy = 'write the one identifier of this API: an https URL without query and fragment';
  if (only === undefined || named.length > 1) faults.add('resource', 'resource-required', `is not clear: ${remedy}`);
  else if (findUrlFault(only, guarded.allowInsecureHttp) !== undefined || !isPlain(only))
    faults.add('resource', 'invalid-option', `${JSON.stringify(only)} cannot be published: ${remedy}`);
  return only!;
}

const isPlain = (text: string): boolean => {
  const { pathname, search } = new URL(text);
  return search === '' && plainPath.test(pathname);
};

function checkTexts({ scopes, name, documentation }: ResourceMetadataOptions, faults: Faults): void {
  if (scopes !== undefined && !(Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string')))
    faults.add('scopes', 'invalid-option', 'must be a list of texts');
  if (name !== undefined && typeof name !== 'string') faults.add('name', 'invalid-option', 'must be text');
  if (documentation !== undefined && findUrlFault(documentation, true) === 'invalid-option')
    faults.add('documentation', 'invalid-option', 'must be a URL');
}

function toDocument(
  { scopes, name, documentation }: ResourceMetadataOptions,
  { issuers, tokenInBody, dpop }: GuardedResource & HowTokensCome,
  resource: string,
): ResourceMetadata {
  return Object.freeze({
    resource,
    ...(issuers.length > 0 && { authorization_servers: issuers }),
    ...(scopes !== undefined && { scopes_supported: scopes }),
    ...(dpop === 'require' && { dpop_bound_access_tokens_required: true }),
    bearer_methods_supported: tokenInBody ? ['header', 'body'] : ['header'],
    ...(name !== undefined && { resource_name: name }),
    ...(documentation !== undefined && { resource_documentation: documentation }),
  });
}
