import { expect, test } from 'vitest';
import { clustersOf, largeClusters } from './clusters.ts';
import { describePictures } from './describePictures.ts';

const labels = Uint32Array.of(0, 0, 0, 1, 1);
const clusters = Uint32Array.of(0, 1, 0, 0, 4);

test('clusters of two or more, and of each class the largest with over 5 %', () => {
  expect(clustersOf(clusters)).toEqual([[0, 2, 3]]);
  expect(largeClusters([[0, 2, 3]], labels, 2)).toEqual([{ label: 0, members: [0, 2], share: 2 / 3 }]);
  const many = new Uint32Array(40);
  expect(largeClusters([[0, 1]], many, 1)).toEqual([]);
  expect(
    largeClusters(
      [
        [0, 1],
        [2, 3, 4],
      ],
      many,
      1,
    ),
  ).toEqual([{ label: 0, members: [2, 3, 4], share: 3 / 40 }]);
});

test('counts of classes, sizes, groups, copies and near-duplicates', () => {
  const facts = [
    [100, 200, 3, 'a'],
    [10, 20, 1, 'b'],
    [100, 200, 3, 'a'],
    [30, 20, 3, 'c'],
    [50, 40, 3, 'd'],
  ].map(([height, width, channels, content]) => ({
    height: height as number,
    width: width as number,
    channels: channels as number,
    contentSha256: content as string,
  }));
  const entries = ['x/1', 'x/2', 'x/3', 'y/1', 'y/2'].map((path, i) => ({
    path,
    label: path[0]!,
    group: i < 2 ? 'g' : i === 2 ? 'alone' : undefined,
  }));
  const parts = ['train', 'test', 'train', 'train', 'validation'] as const;
  const described = describePictures(
    { classNames: ['x', 'y'], entries, labels, facts, clusters, leftOut: [] },
    { parts, units: Uint32Array.of(0, 0, 1, 2, 3), divided: [] },
  );
  expect(described).toEqual({
    pictures: 5,
    classes: [
      { name: 'x', pictures: 3, grey: 1, split: { train: 2, validation: 0, test: 1 } },
      { name: 'y', pictures: 2, grey: 0, split: { train: 1, validation: 1, test: 0 } },
    ],
    grey: 1,
    colour: 4,
    sizes: { smallest: [20, 10], median: [40, 50], largest: [200, 100] },
    imbalance: 1.5,
    groups: { count: 1, pictures: 2 },
    leftOut: [],
    duplicates: {
      copies: 1,
      pictures: 3,
      withinClass: [],
      acrossClasses: [['x/1', 'x/3', 'y/1']],
      large: [{ class: 'x', pictures: 2, share: 2 / 3 }],
    },
  });
});

test('an empty class has no imbalance, and there may be no split', () => {
  const described = describePictures(
    { classNames: ['x'], entries: [], labels: new Uint32Array(), facts: [], clusters: new Uint32Array(), leftOut: [] },
    undefined,
  );
  expect(described).toMatchObject({ imbalance: null, sizes: null, classes: [{ pictures: 0, split: null }] });
});
