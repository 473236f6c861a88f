/** The parameters of `Forwarded` (RFC 7239 §4) that are looked at, from the client to the nearest proxy. */
export interface ForwardedElements {
  readonly addresses: readonly string[];
  readonly protocols: readonly string[];
  readonly hosts: readonly string[];
}

// RFC 7239 §4: token "=" ( token / quoted-string ), with the separator that follows. Sticky, so that each character is read once.
const pair = /[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"((?:[^"\\]|\\.)*)")[ \t]*([;,]|$)/y;

/** Reads a `Forwarded` field; undefined where it is malformed, or an element says one thing twice. */
export function parseForwarded(text: string): ForwardedElements | undefined {
  const found = { addresses: [] as string[], protocols: [] as string[], hosts: [] as string[] };
  const kinds: Readonly<Record<string, string[] | undefined>> = {
    for: found.addresses,
    proto: found.protocols,
    host: found.hosts,
  };
  let seen = new Set<string>();
  pair.lastIndex = 0;
  while (pair.lastIndex < text.length) {
    const match = pair.exec(text);
    if (match === null) return undefined;
    const name = match[1]!.toLowerCase();
    if (seen.has(name)) return undefined;
    seen.add(name);
    const value = match[2] ?? match[3]!.replace(/\\(.)/gs, '$1');
    if (Object.hasOwn(kinds, name)) kinds[name]!.push(name === 'for' ? value : value.toLowerCase());
    if (match[4] === ',') seen = new Set();
    if (match[4] === '') break;
  }
  return found;
}
