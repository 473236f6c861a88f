import { formatBasic } from '../http/authorization.js';

/**
 * Formats the `Authorization` field of `client_secret_basic`: client id and secret are form-encoded each, then sent as Basic
 * (RFC 6749 §2.3.1, Appendix B). So every character may stand in either.
 */
export function formatClientSecretBasic(clientId: string, clientSecret: string): string {
  return formatBasic(formEncode(clientId), formEncode(clientSecret));
}

/** One value as `application/x-www-form-urlencoded` writes it. */
function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
