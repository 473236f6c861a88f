export { createInterceptor } from './skins/undici.js';
