/** @import { KeysView } from '../web/view.js' */
import { fetchKeys, rotateKeys } from './api.js';
import { byId, el } from './dom.js';

/** Which key of the issuer signs, and which ones it publishes. */
export function createKeys() {
  const place = byId('keys', HTMLElement);
  /** @param {KeysView} keys */
  const show = ({ signing, published }) => {
    const names = published.flatMap((keyid, index) => [index === 0 ? '' : ', ', el('code', {}, keyid)]);
    place.replaceChildren('The issuer signs with ', el('code', {}, signing), ', and publishes ', ...names, '.');
    return place.innerText;
  };
  return {
    load: async () => show(await fetchKeys()),
    /** @returns what to tell of it */
    async rotate() {
      const keys = await rotateKeys();
      if (keys !== undefined) return show(keys);
      return 'Not rotated: the next key was published a moment ago, and signs no sooner than five seconds after that.';
    },
  };
}
