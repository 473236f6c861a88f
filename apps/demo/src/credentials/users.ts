import { hashPassword, type BasicUser } from '@auth/core';

export const passwords = {
  ada: 'correct horse battery staple',
  /** With letters beyond ASCII. */
  björn: 'smörgåsbord 2',
  eve: 'I used to work here',
  /** Not let read orders. */
  ian: 'just an intern',
} as const;

// For the demo alone: the cheapest that is allowed, so that it does not take long. The default costs eight times as much.
const cheap = { algorithm: 'scrypt', costLog2: 14, blockSize: 8, parallelism: 1 } as const;

/** The users of the API, with hashes of their passwords. */
export function makeUsers(): Promise<readonly BasicUser[]> {
  return Promise.all(
    Object.entries(passwords).map(async ([username, password]) => ({
      username,
      passwordHash: await hashPassword(password, cheap),
      roles: [username === 'ian' ? 'intern' : 'clerk'],
      disabled: username === 'eve',
    })),
  );
}
