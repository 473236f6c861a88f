export { useClient } from './skins/axios.js';
