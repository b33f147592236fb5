import { expect, it } from 'vitest';
import { sampleInspection } from '../../../../test/fixtures/inspection/sampleRecord.ts';
import { ckaHeatmap } from './ckaHeatmap.ts';

const cka = sampleInspection().record.cka!;
const cells = cka.names.length ** 2;

it('draws a cell for each pair, trained and untrained, and says its value on hover', () => {
  const { markup } = ckaHeatmap(cka);
  const maps = markup.match(/<svg class="plot heatmap".*?<\/svg>/gs)!;
  expect(maps).toHaveLength(2);
  for (const map of maps) {
    expect(map.match(/<rect class="cell/g)).toHaveLength(cells);
    expect(map).toContain('<title>pixels and pixels: 1.00</title>');
    expect(map).toMatch(/role="img" aria-label="[^"]+"/);
  }
  expect(markup.match(/class="color-bar"/g)).toHaveLength(1);
  expect(markup).not.toMatch(/NaN|Infinity/);
});

it('names the least similar neighbours, apart from pixels and labels', () => {
  const names = ['pixels', 'a', 'b', 'c', 'labels'];
  const neighbours = [0.1, 0.9, 0.4, 0.2];
  const values = names.map((_, i) => names.map((_, j) => (i === j ? 1 : (neighbours[Math.min(i, j)] ?? 0))));
  const { markup } = ckaHeatmap({ names, trained: values, untrained: values });
  expect(markup).toContain('least similar neighbours b and c (0.40)');
});

it('crosses out what is undefined and marks what is below 0', () => {
  const values = [
    [1, -0.04],
    [-0.04, null],
  ];
  const { markup } = ckaHeatmap({ names: ['pixels', 'labels'], trained: values, untrained: values });
  expect(markup.match(/class="cross"/g)).toHaveLength(2);
  expect(markup.match(/class="below"/g)).toHaveLength(4);
  expect(markup).toContain('pixels and labels: −0.04');
  expect(markup).toContain('labels and labels: undefined');
  expect(markup).toContain('<td>–</td>');
  expect(markup).toContain('--tint:0%');
});
