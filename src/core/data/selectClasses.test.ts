import { describe, expect, test } from 'vitest';
import { imagesInMemory, readImages } from './images.ts';
import { resolveClasses, selectClasses } from './selectClasses.ts';

const classNames = ['Hat', '1-2', 'Shoe', 'Bag'];
const set = (labels: number[]) =>
  imagesInMemory(
    Uint8Array.from(labels, (_, i) => 10 + i),
    labels,
    { height: 1, width: 1, channels: 1 },
  );
const data = { name: 'shop', classNames, train: set([3, 0, 1, 2, 0]), test: set([2, 2]) };

describe('resolveClasses', () => {
  test.each([
    [['0-2'], ['Hat', '1-2', 'Shoe']],
    [
      ['3', '0'],
      ['Hat', 'Bag'],
    ],
    [
      ['bag', ' Shoe', '2'],
      ['Shoe', 'Bag'],
    ],
    [
      ['1-2', 'Hat'],
      ['Hat', '1-2'],
    ],
  ])('%j', (given, names) => {
    expect(resolveClasses(given, data)).toEqual(names);
  });

  test.each([['Coat'], ['4'], ['2-4'], ['3-1'], ['-1'], [''], ['1.5']])('refuses %s', (word) => {
    expect(() => resolveClasses(['Hat', word], data)).toThrow(
      `shop has no class ${word}; choose names (Hat, 1-2, Shoe, Bag), numbers from 0 to 3, or ranges such as 0-3.`,
    );
  });

  test('one class is too few', () => {
    expect(() => resolveClasses(['Hat', '0'], data)).toThrow('Only 1 class is chosen; a classifier needs two or more.');
  });
});

describe('selectClasses', () => {
  test('keeps the images of these classes, in order, with new numbers', async () => {
    const { train, test, ...rest } = selectClasses(data, ['Hat', 'Shoe']);
    expect(rest).toEqual({ name: 'shop', classNames: ['Hat', 'Shoe'] });
    expect([...train.labels]).toEqual([0, 1, 0]);
    expect([...(await readImages(train, [0, 1, 2]))]).toEqual([11, 13, 14]);
    expect([...test.labels]).toEqual([1, 1]);
  });

  test('keeps the units of these images', () => {
    const units = { train: Uint32Array.of(5, 6, 7, 8, 6), test: Uint32Array.of(1, 2) };
    const { units: kept } = selectClasses({ ...data, units }, ['Hat', 'Shoe']);
    expect([[...kept.train], [...kept.test]]).toEqual([
      [6, 8, 6],
      [1, 2],
    ]);
  });

  test('all classes are the data set itself', () => {
    expect(selectClasses(data, classNames)).toBe(data);
  });
});
