import { describe, expect, it } from 'vitest';
import { sampleInspection } from '../../../../test/fixtures/inspection/sampleRecord.ts';
import { columnsFor, idOf, reportLayers } from './reportLayers.ts';

describe('reportLayers', () => {
  const layers = reportLayers(sampleInspection({ images: 0 }).record);

  it('leaves out what changes nothing, and says what is drawn how', () => {
    expect(layers.map(({ name, drawn, columns }) => `${name} ${drawn} ${columns}`)).toEqual([
      'input picture 1',
      'zeroPadding2d_1 maps 1',
      'conv2d_1 maps 8',
      'relu_1 maps 8',
      'maxPooling2d_1 maps 8',
      'zeroPadding2d_2 maps 8',
      'conv2d_2 maps 8',
      'relu_2 maps 8',
      'maxPooling2d_2 maps 8',
      'dense_1 cells 16',
      'relu_3 cells 16',
      'dense_2 bars 10',
      'softmax_1 bars 10',
    ]);
  });

  it('knows which layers have values below zero', () => {
    expect(layers.filter(({ signed }) => signed).map(({ name }) => name)).toEqual([
      'conv2d_1',
      'conv2d_2',
      'dense_1',
      'dense_2',
    ]);
  });

  it('finds the cards of the same channels, not beyond the next convolution or flattening', () => {
    expect(layers.map(({ cards }) => cards)).toEqual([
      null,
      null,
      'relu_1',
      'relu_1',
      'relu_1',
      'relu_1',
      'relu_2',
      'relu_2',
      'relu_2',
      'relu_3',
      'relu_3',
      null,
      null,
    ]);
  });
});

it('fills a grid of at most 8 columns: 12 as 6 × 2, 10 as 5 × 2, 64 as 8 × 8, 13 as 7 + 6', () => {
  expect([12, 10, 64, 13, 3, 0].map((count) => columnsFor(count, 8))).toEqual([6, 5, 8, 7, 3, 1]);
});

it('makes an address of any name', () => {
  expect(idOf('map', 'relu_1', 7)).toBe('map-relu_1-7');
  expect(idOf('layer', 'a "b"')).toBe('layer-a.20..22.b.22.');
});
