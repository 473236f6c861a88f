export { gotOptions } from './skins/got.js';
