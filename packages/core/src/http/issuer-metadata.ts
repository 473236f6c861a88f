/** In the order in which they are tried: RFC 8414 §3.1 inserts before the path, OpenID Connect Discovery §4 appends to it. */
export function metadataUrls(issuer: string): readonly URL[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    new URL(`${origin}/.well-known/oauth-authorization-server${path}`),
    new URL(`${origin}${path}/.well-known/openid-configuration`),
  ];
}

/**
 * Reads the metadata of an issuer at the first place that has what is wanted.
 * @param read fetches and checks one place: that it is of this issuer to the letter (RFC 8414 §3.3), and what is taken from it
 * @param tells whether an error says more than that a place has none
 * @throws of all places the error that tells most
 */
export async function findInMetadata<T>(
  issuer: string,
  read: (url: URL) => Promise<T>,
  tells: (error: unknown) => boolean,
): Promise<T> {
  const problems: unknown[] = [];
  for (const url of metadataUrls(issuer)) {
    try {
      return await read(url);
    } catch (error) {
      problems.push(error);
    }
  }
  throw problems.find(tells) ?? problems[0];
}
