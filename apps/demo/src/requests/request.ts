import type { Strategy } from '@auth/client';
import type { Code, HeaderList } from '@auth/core';

import type { CertificateFiles } from '../credentials/certificates.js';
import type { SignRequest } from '../credentials/signers.js';

/** A status, and on a refusal the code of its problem body: `401 invalid-token`. */
export type Outcome = `${number}` | `${number} ${Code}`;

/** Where one can read on. */
export interface Reference {
  readonly title: string;
  readonly url: string;
}

/** One request, what must become of it in every framework, and what there is to know of it. */
export interface DemoRequest {
  readonly id: string;
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** Beside those that every request has. */
  readonly headers: HeaderList;
  /** Sent over TLS, with this certificate, or with none; unset: over plain HTTP. */
  readonly certificate?: CertificateFiles | null;
  /** Where it is sent by an application, with `@auth/client`: what writes its credentials. Else it is sent as it stands. */
  readonly caller?: Strategy;
  /** Where it is signed: writes further lines and the body, for one server and one moment. */
  readonly sign?: SignRequest;
  /** It was sent, and let in, before: line for line. */
  readonly isRepeated?: boolean;
  readonly expected: { readonly outcome: Outcome; readonly reason: string };
  /** What is sent; of a hostile request, what it tries. */
  readonly what: string;
  /** Why it is let in, or refused. */
  readonly why: string;
  /** The member of the token, or the field, that tells. */
  readonly look?: string;
  readonly see: readonly Reference[];
}

/** A request as it is written down. */
export interface Line extends Pick<
  DemoRequest,
  'name' | 'certificate' | 'caller' | 'sign' | 'isRepeated' | 'what' | 'why' | 'look' | 'see'
> {
  readonly route: `${'GET' | 'POST'} /${string}`;
  readonly headers?: HeaderList;
  readonly outcome: Outcome;
  readonly reason: string;
}

/** Requests that show one method, good ones and hostile ones. */
export interface RequestGroup {
  readonly title: string;
  readonly about: string;
  readonly requests: readonly DemoRequest[];
}

export function toRequest({ name, route, headers = [], outcome, reason, ...story }: Line): DemoRequest {
  const [method = '', path = ''] = route.split(' ');
  const id = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return { id, name, method, path, headers, expected: { outcome, reason }, ...story };
}

export const isRefusal = (outcome: string): boolean => Number.parseInt(outcome, 10) >= 400;

export const bearer = (token: string): HeaderList => [['Authorization', `Bearer ${token}`]];
export const key = (text: string): HeaderList => [['X-API-Key', text]];
export const basic = (userPass: string, encoding: BufferEncoding = 'utf8'): HeaderList => [
  ['Authorization', `Basic ${Buffer.from(userPass, encoding).toString('base64')}`],
];

export const rfc = (number: number, section: string): Reference => ({
  title: `RFC ${number} §${section}`,
  url: `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`,
});

export const cve = (number: string): Reference => ({
  title: `CVE-${number}`,
  url: `https://nvd.nist.gov/vuln/detail/CVE-${number}`,
});
