import { expect, it } from 'vitest';
import { fashionMnist, parseManifest } from './manifest.ts';

it('reads back what it describes', () => {
  expect(parseManifest(JSON.stringify(fashionMnist), 'dataset.json')).toEqual(fashionMnist);
});

it.each([
  ['no JSON', '{', 'is not valid JSON'],
  ['one class', JSON.stringify({ ...fashionMnist, classNames: ['all'] }), 'classNames: '],
  ['a missing file', JSON.stringify({ ...fashionMnist, files: {} }), 'files.train-images-idx3-ubyte: '],
  ['an array', '[]', 'the whole: '],
  ['a checksum that is none', JSON.stringify(fashionMnist).replace('c59f', 'C59F'), '64 lower-case hexadecimal'],
])('refuses %s, naming file and field', (_, text, words) => {
  const parse = () => parseManifest(text, '/data/dataset.json');
  expect(parse).toThrow(words);
  expect(parse).toThrow(/^\/data\/dataset\.json /);
});
