import type { Answer } from './decision.js';
import type { AuthRequest } from './request.js';

/** Answers a request by itself: metadata, a key set, an issuer's endpoint. What `mount()` serves. */
export type Handler = (request: AuthRequest) => Promise<Answer>;
