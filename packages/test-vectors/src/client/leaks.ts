import { inspect } from 'node:util';

import type { RunningClient } from './client.js';
import type { ClientCase } from './client-case.js';

const secretMembers: ReadonlySet<string> = new Set([
  'password', 'key', 'token', 'clientSecret', 'previousClientSecret', 'refreshToken', 'subjectToken', 'actorToken', 'assertion',
  'privateKeyPem', 'secretBase64', 'keyBase64', 'access_token', 'refresh_token', 'secretAccessKey', 'secret',
]); // prettier-ignore
/** Shorter ones stand in texts by chance. */
const shortest = 6;

/** Names each place where a secret of the case is shown: errors with all that hangs on them, and events. */
export function findLeaks(
  one: ClientCase,
  errors: readonly unknown[],
  client: RunningClient | undefined,
): readonly string[] {
  const secrets = [...secretsOf(one.client), ...secretsOf(one.issuer)];
  const shows = (value: unknown): boolean => {
    const text = `${inspect(value, { showHidden: true, depth: 10 })}${JSON.stringify(value) ?? ''}`;
    return secrets.some((secret) => secret.test(text));
  };
  return [
    ...(errors.some(shows) ? ['an error shows a secret'] : []),
    ...(client !== undefined && shows(client.events?.() ?? []) ? ['an event shows a secret'] : []),
  ];
}

function secretsOf(value: unknown): readonly RegExp[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    if (typeof member !== 'string' || !secretMembers.has(name)) return secretsOf(member);
    return member.length < shortest ? [] : [toPattern(member)];
  });
}

const toPattern = (secret: string): RegExp =>
  new RegExp(
    secret.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`).replaceAll(String.raw`\{\{n\}\}`, String.raw`\d+`),
  );
