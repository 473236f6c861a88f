import { createHash, createHmac } from 'node:crypto';

export const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A request as the suite has it. */
export interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

/** One request, and what must come of it. */
export interface Step {
  readonly request: Request;
  readonly expect: object;
}

/** What is told beside the subject. */
interface Allowed {
  readonly credentialId?: string | null;
  /** As the handler has it where a parser of JSON ran. */
  readonly parsedBody?: string;
}

/** Makes the steps of one scheme, which proves this subject or refuses. */
export function judgedBy(scheme: string) {
  return {
    allow: (request: Request, subject: string, { credentialId = null, parsedBody }: Allowed = {}): Step => ({
      request,
      expect: {
        status: 200,
        challenges: [],
        code: null,
        ...(parsedBody !== undefined && { parsedBody }),
        principal: {
          scheme,
          issuer: null,
          subject,
          clientId: null,
          credentialId,
          confirmation: null,
          scopes: [],
          roles: [],
          claims: {},
        },
        audit: { outcome: 'allow', reason: 'ok', scheme, subject, credentialId },
      },
    }),
    refuse: (request: Request, reason: string, code = 'invalid-signature'): Step => ({
      request,
      expect: {
        status: 401,
        challenges: ['Signature realm="api"'],
        code,
        audit: { outcome: 'refuse', reason, scheme, subject: null },
      },
    }),
  };
}

/** Numbers the cases of each row in their order. */
export class CaseList {
  readonly cases: object[] = [];
  readonly #numbers = new Map<string, number>();

  add(row: string, title: string, configuration: string, steps: readonly Step[], more: object = {}): void {
    const number = (this.#numbers.get(row) ?? 0) + 1;
    this.#numbers.set(row, number);
    this.cases.push({ id: `${row}.${number}`, title, configuration, ...more, steps });
  }

  addRefusedStart(row: string, title: string, configuration: string, refused: object): void {
    const number = (this.#numbers.get(row) ?? 0) + 1;
    this.#numbers.set(row, number);
    this.cases.push({ id: `${row}.${number}`, title, configuration, expectStart: { refused } });
  }
}
