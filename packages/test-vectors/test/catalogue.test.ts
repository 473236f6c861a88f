import { describe, expect, it } from 'vitest';

import {
  checkCatalogue,
  readCaseIds,
  readRows,
  readWaiting,
  type Row,
  type Waiting,
} from '../tools/check-catalogue.js';

const rows: readonly Row[] = [
  { id: 'one', table: 1, part: 'foundation' },
  { id: 'two', table: 1, part: 'foundation' },
  { id: 'other', table: 2, part: 'passwords' },
];
const waiting: Waiting = {
  words: { control: 'a server that is moved' },
  tables: [2],
  rows: { two: 'control' },
  partly: {},
};

describe('the suite against the catalogue', () => {
  it('has a case for every row, or a name for what the row waits for', () => {
    expect(checkCatalogue(readRows(), readCaseIds(), readWaiting()).faults).toEqual([]);
  });
});

describe('checkCatalogue', () => {
  it('counts rows, cases and what waits', () => {
    expect(checkCatalogue(rows, ['one.1', 'one.2'], waiting)).toEqual({
      faults: [],
      tables: [
        { table: 1, rows: 2, withCases: 1, cases: 2, waiting: 1 },
        { table: 2, rows: 1, withCases: 0, cases: 0, waiting: 1 },
      ],
    });
  });

  it.each<[string, readonly string[], Waiting, RegExp]>([
    ['a row without case and without reason', [], waiting, /^one: has no case/],
    ['a case of no row', ['one.1', 'three.1'], waiting, /^three: has cases and is no row/],
    ['a row that waits and has cases', ['one.1', 'two.1'], waiting, /^two: has cases and waits/],
    ['a gap in the numbers', ['one.1', 'one.3'], waiting, /^one: its cases are not numbered/],
    ['a case in a table that is not begun', ['one.1', 'other.1'], waiting, /^other: has cases, and its table/],
    ['a waiting entry of no row', ['one.1'], { ...waiting, rows: { ...waiting.rows, three: 'control' } }, /^three: waits and is no row/],
    ['a word that is not explained', ['one.1'], { ...waiting, rows: { two: 'weather' } }, /^two: waits for weather/],
    ['a partly realised row without cases', ['one.1'], { ...waiting, partly: { two: { waitsFor: 'control', missing: 'much' } } }, /^two: lacks some cases/],
  ])('finds %s', (_, ids, given, fault) => {
    expect(checkCatalogue(rows, ids, given).faults).toEqual([expect.stringMatching(fault)]);
  }); // prettier-ignore
});
