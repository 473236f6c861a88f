// RFC 3986 §3: scheme, authority, and all before the query. Nothing of an authority is decoded, and user information is none.
const pattern = /^(https?):\/\/(\[[0-9a-f:.]+\]|[a-z0-9._~-]+)(?::(\d{0,5}))?(?=[/?#]|$)([^?#]*)/i;
const defaultPorts: Readonly<Record<string, string>> = { http: '80', https: '443' };

/**
 * An http or https URI in the normal form of RFC 3986 §6.2.2 and §6.2.3, without query and fragment: scheme and host in lower
 * case, no default port, `/` for an empty path, percent-encodings in upper case and only where they are needed, no dot segments.
 * All else stays as it is: `%2F` is not `/`, and a slash at the end counts.
 * @returns undefined where the text is no such URI.
 */
export function normalizeHttpUri(text: string): string | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, scheme, host, port = '', path] = match as unknown as [string, string, string, string?, string?];
  const protocol = scheme.toLowerCase();
  const authority = port === '' || port === defaultPorts[protocol] ? host : `${host}:${port}`;
  return `${protocol}://${authority.toLowerCase()}${normalizePath(path ?? '')}`;
}

/** The path of a URI, as `normalizeHttpUri` has it. */
export function normalizePath(path: string): string {
  const decoded = path.includes('%') ? path.replace(/%[0-9a-f]{2}/gi, decodeUnreserved) : path;
  return decoded.includes('/.') ? removeDotSegments(decoded) : decoded || '/';
}

/** RFC 3986 §6.2.2.1 and §6.2.2.2. */
function decodeUnreserved(encoded: string): string {
  const char = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
  return /[A-Za-z0-9\-._~]/.test(char) ? char : encoded.toUpperCase();
}

/** RFC 3986 §5.2.4, of a path that begins with a slash. */
function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    const dots = segment === '.' || segment === '..';
    if (segment === '..') kept.pop();
    if (!dots) kept.push(segment);
    else if (index === segments.length - 1) kept.push('');
  }
  return `/${kept.join('/')}`;
}
