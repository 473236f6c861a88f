import { failure, type Failure, type Scheme, type Verified, type VerifiedPrincipal } from '@auth/core';

const nobody = failure('badge-unknown', { code: 'invalid-credentials' });

interface Resolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

function withResolvers<T>(): Resolvers<T> {
  let settle: Pick<Resolvers<T>, 'resolve' | 'reject'>;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle! };
}

/** A scheme that proves nothing before it is told to. */
export interface WaitingScheme {
  readonly scheme: Scheme<'badge', { readonly floor: number }>;
  /** Resolves when a request waits for its proof. */
  readonly asked: Promise<AbortSignal | undefined>;
  readonly prove: () => void;
  readonly refuse: () => void;
  readonly fail: (error: Error) => void;
}

/** Takes `X-Badge`; its challenge has three lines of two names. */
export function createWaitingScheme(): WaitingScheme {
  const verdict = withResolvers<Verified<{ readonly floor: number }>>();
  const asked = withResolvers<AbortSignal | undefined>();
  return {
    scheme: {
      type: 'badge',
      extract(request) {
        const badge = request.headers.get('x-badge');
        return badge === undefined
          ? { kind: 'absent' }
          : { kind: 'credentials', field: 'x-badge', credentials: badge, identifier: badge };
      },
      verify(_badge, _request, context) {
        asked.resolve(context.signal);
        return verdict.promise;
      },
      challenge: (realm, failed) => badgeChallenge(realm, failed),
    },
    asked: asked.promise,
    prove: () => verdict.resolve({ kind: 'verified', principal: alice, headers: [['x-badge-seen', 'yes']] }),
    refuse: () => verdict.resolve(nobody),
    fail: (error) => verdict.reject(error),
  };
}

export const alice: VerifiedPrincipal<{ readonly floor: number }> = {
  issuer: null,
  subject: 'alice',
  scopes: new Set(),
  roles: new Set(),
  claims: { floor: 3 },
};

export function badgeChallenge(realm: string, failed?: Failure): ReturnType<Scheme['challenge']> {
  return {
    headers: [
      ['www-authenticate', `Badge realm="${realm}"`],
      ['accept-badge', 'red'],
      ['www-authenticate', `OldBadge realm="${realm}", error="${failed?.reason ?? 'none'}"`],
    ],
  };
}
