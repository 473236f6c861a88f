import { Faults } from '../errors/faults.js';
import { createRelyingParty, type RelyingParty, type RelyingPartyOptions } from '../schemes/oidc/index.js';
import type { Helper } from './call-helper.js';
import { pick, type Members } from './members.js';
import { readClock } from './read-clock.js';

// Of the relying party that each call makes.
const partyMembers = [
  'issuer', 'clientId', 'clientSecret', 'clientAuthentication', 'redirectUri', 'scopes', 'secretBase64', 'cookieName', 'requirePkceSupport',
  'algorithms', 'clockToleranceSeconds', 'keySet', 'allowInsecureHttp',
]; // prettier-ignore

/**
 * Makes a helper of one call of a relying party.
 * @param members what the call itself takes
 */
function helperOf(members: readonly string[], call: (party: RelyingParty, input: Members) => Promise<Members>): Helper {
  return async (input, stores) => {
    const faults = new Faults();
    faults.addUnknown(input, [...partyMembers, 'clock', ...members]);
    const clock = readClock(input['clock'], faults);
    faults.throwIfAny();
    const options = { ...pick(input, partyMembers), clock, stores } as unknown as RelyingPartyOptions;
    const party = createRelyingParty(options);
    try {
      return await call(party, pick(input, members));
    } finally {
      party.close();
    }
  };
}

/** Helpers of OpenID Connect, by the names of table 6 of the catalogue. */
export const oidcHelpers: Readonly<Record<string, Helper>> = {
  verifyIdToken: helperOf(
    ['idToken', 'nonce', 'accessToken', 'code', 'maxAgeSeconds', 'acr'],
    async (party, input) => ({ claims: await party.verifyIdToken(input as never) }),
  ),
  verifyLogoutToken: helperOf(['logoutToken'], async (party, input) => ({
    claims: await party.verifyLogoutToken(input as never),
  })),
  userinfo: helperOf(['accessToken', 'subject'], async (party, input) => ({
    claims: await party.userinfo(input as never),
  })),
  startLogin: helperOf(['returnTo', 'maxAgeSeconds', 'acr', 'prompt', 'loginHint'], async (party, input) => {
    const { url, cookie } = await party.startLogin(input);
    return { url, cookie };
  }),
  finishLogin: helperOf(['url', 'form', 'cookie'], async (party, input) => {
    const { claims, returnTo } = await party.finishLogin(input as never);
    return { claims, returnTo };
  }),
  refresh: helperOf(['refreshToken', 'claims'], async (party, input) => {
    const { claims } = await party.refresh(input as never);
    return { claims: claims ?? null };
  }),
};
