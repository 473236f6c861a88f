export type { IntrospectionOptions, SignedResponse } from './options.js';
export { introspection, type IntrospectionScheme } from './verify.js';
