import { expect, test } from 'vitest';
import { type PicturesPageData, picturesPage, type ShownPicture } from './picturesPage.ts';

const image = { pixels: new Uint8Array(96 * 96 * 3).fill(80), height: 96, width: 96, channels: 3 };
const shown = (path: string, label: string): ShownPicture => ({ path, label, image, height: 300, width: 600 });

const data: PicturesPageData = {
  selvedge: '1.2.3',
  name: 'photos',
  folder: '/photos',
  seed: 7,
  description: {
    pictures: 1234,
    classes: [
      { name: 'coat', pictures: 1000, grey: 3, split: { train: 700, validation: 150, test: 150 } },
      { name: 'shirt', pictures: 234, grey: 0, split: { train: 164, validation: 35, test: 35 } },
    ],
    grey: 3,
    colour: 1231,
    sizes: { smallest: [10, 20], median: [640, 480], largest: [4000, 3000] },
    imbalance: 1000 / 234,
    groups: { count: 2, pictures: 5 },
    leftOut: Array.from({ length: 103 }, (_, i) => ({ path: `${i}.jpg`, reason: `${i}.jpg is damaged.` })),
    duplicates: { copies: 1, pictures: 4, withinClass: [['a', 'b']], acrossClasses: [['c', 'd']], large: [] },
  },
  splitProblem: null,
  warnings: ['Beware of <this>.'],
  samples: [{ name: 'coat', pictures: [shown('coat/1.jpg', 'coat')] }],
  clusters: [
    { size: 2, pictures: [shown('coat/2.jpg', 'coat'), shown('shirt/2.jpg', 'shirt')] },
    { size: 9, pictures: [shown('coat/3.jpg', 'coat'), shown('coat/4.jpg', 'coat')] },
  ],
};

test('counts, split and warnings are on the page', () => {
  const page = picturesPage(data);
  for (const text of [
    'photos: 1,234 pictures in 2 classes',
    'Beware of &lt;this&gt;.',
    '4.3 times',
    'seed 7',
    '2 groups of two or more, with 5 pictures',
  ])
    expect(page).toContain(text);
  expect(page.replaceAll(/\s+/g, ' ')).toContain('<td>1,234</td><td>3</td><td>864</td><td>185</td><td>185</td>');
});

test('a picture has the proportions of its file, 96 pixels at its longer edge', () => {
  expect(picturesPage(data).match(/width="96" height="48" alt="coat: coat\/1\.jpg"/g)).toHaveLength(1);
});

test('a cluster across classes is marked, one with more pictures than shown says so', () => {
  const page = picturesPage(data);
  expect(page.match(/<div class="across">/g)).toHaveLength(1);
  expect(page).toContain('2 of the 9 pictures of this cluster.');
});

test('100 of the files that were left out are listed, the others are counted', () => {
  const page = picturesPage(data);
  expect(page).toContain('99.jpg is damaged.');
  expect(page).not.toContain('100.jpg is damaged.');
  expect(page).toContain('And 3 more.');
});

test('pictures that cannot be split have a sentence about it and no counts of parts', () => {
  const classes = data.description.classes.map((one) => ({ ...one, split: null }));
  const page = picturesPage({ ...data, splitProblem: 'Too few.', description: { ...data.description, classes } });
  expect(page).toContain('<p class="notice">Too few.</p>');
  expect(page.replaceAll(/\s+/g, ' ')).toContain('<td>1,234</td><td>3</td><td>–</td><td>–</td><td>–</td>');
});
