export type { SecurityScheme } from './contracts/scheme.js';
export {
  toOpenApi,
  type OpenApiDocument,
  type OpenApiOptions,
  type Operation,
  type Parameter,
  type PathItem,
} from './openapi/document.js';
export type { SecurityRequirement } from './openapi/security.js';
