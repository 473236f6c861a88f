/**
 * What a credential says, as far as it can be read without a key: for showing alone. Nothing is verified here.
 * @param {string} credential
 * @returns {{ title: string, text: string } | undefined}
 */
export function readCredential(credential) {
  const parts = credential.split('.');
  if (parts.length === 3) {
    const [header, payload] = parts.slice(0, 2).map((part) => readJson(part.replaceAll('-', '+').replaceAll('_', '/')));
    if (header && payload) return { title: 'What the token says', text: `${header}\n${payload}` };
  }
  const bytes = readBase64(credential);
  const text = bytes && new TextDecoder().decode(bytes);
  // A user name comes first; other base64 reads as noise.
  return text !== undefined && /^[\p{L}\p{N}\uFFFD]+(?::|$)/u.test(text)
    ? { title: 'What the base64 says', text: text.length > 200 ? `${text.slice(0, 200)}…` : text }
    : undefined;
}

/** @param {string} base64 */
function readBase64(base64) {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** @param {string} base64 */
function readJson(base64) {
  const bytes = readBase64(base64);
  try {
    return bytes && JSON.stringify(JSON.parse(new TextDecoder().decode(bytes)), null, 2);
  } catch {
    return undefined;
  }
}
