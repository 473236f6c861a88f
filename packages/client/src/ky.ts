export { kyHooks } from './skins/ky.js';
