import type { Jwk } from '../../src/index.js';
import type { PrintedKey } from './jws.js';
import { checkMembers, readVectors } from './vector-file.js';

/** One case; bytes are in hexadecimal. Which members it has, its file decides. */
export interface WycheproofCase {
  readonly tcId: number;
  readonly comment: string;
  /** `acceptable`: legal, but weak or from before. */
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly msg?: string;
  readonly sig?: string;
  readonly tag?: string;
  readonly key?: string;
  readonly jws?: unknown;
  readonly jwe?: unknown;
}

/** Cases that share a key. */
export interface WycheproofGroup {
  readonly comment?: string;
  readonly tests: readonly WycheproofCase[];
  readonly publicKeyDer?: string;
  readonly publicKeyJwk?: Jwk;
  readonly keyJwk?: Jwk;
  /** Of the tag, in bits. */
  readonly tagSize?: number;
  readonly public?: PrintedKey;
  readonly private?: PrintedKey;
}

interface File {
  readonly numberOfTests: number;
  readonly testGroups: readonly WycheproofGroup[];
}

const ofFile = ['algorithm', 'header', 'notes', 'numberOfTests', 'schema', 'testGroups'];
const ofGroup = [
  'comment', 'type', 'source', 'tests', 'public', 'private', 'publicKey', 'publicKeyAsn', 'publicKeyDer', 'publicKeyPem', 'publicKeyJwk',
  'keyJwk', 'keySize', 'tagSize', 'sha', 'mgf', 'mgfSha', 'sLen',
]; // prettier-ignore
const ofCase = ['tcId', 'comment', 'flags', 'result', 'msg', 'sig', 'tag', 'key', 'jws', 'jwe', 'enc', 'pt'];
const results = new Set(['valid', 'invalid', 'acceptable']);

/**
 * Reads the groups of a file of Wycheproof, by its name without `_test.json`.
 * @throws where it has no cases, another number of them than it says, or anything that the runner does not know.
 */
export function readWycheproof(name: string): readonly WycheproofGroup[] {
  const file = readVectors(`wycheproof/${name}_test.json`) as File;
  const cases = casesOf(file.testGroups);
  checkMembers(name, [file], ofFile);
  checkMembers(`${name}, groups`, file.testGroups, ofGroup);
  checkMembers(`${name}, cases`, cases, ofCase);
  const ids = new Set(cases.map(({ tcId }) => tcId));
  if (cases.length !== file.numberOfTests || ids.size !== cases.length) throw new Error(`${name}: cases are missing`);
  if (!cases.every(({ result }) => results.has(result))) throw new Error(`${name}: unknown result`);
  return file.testGroups;
}

export const casesOf = (groups: readonly WycheproofGroup[]): readonly WycheproofCase[] =>
  groups.flatMap(({ tests }) => tests);
