import { expect, it } from 'vitest';
import { sampleInspection } from '../../../../test/fixtures/inspection/sampleRecord.ts';
import type { Estimate, LayerMetrics } from '../../../core/inspection/record.ts';
import { depthPlots, trendInWords } from './depthPlots.ts';

const { record } = sampleInspection();

const estimate = (value: number, half = 0.01): Estimate => ({ value, low: value - half, high: value + half });

it('draws 12 measures of 13 layers, each with a text alternative that has its numbers', () => {
  const { markup } = depthPlots(record);
  const plots = markup.match(/<svg class="plot layer-plot".*?<\/svg>/gs)!;
  expect(plots).toHaveLength(12);
  for (const plot of plots) {
    expect(plot).toMatch(/role="img" aria-label="[^"]*Trained: /);
    expect(plot.match(/text-anchor="end" transform="rotate/g)).toHaveLength(13);
  }
  expect(markup).not.toMatch(/NaN|undefined"|Infinity|null/);
});

it('draws the zero fraction at the 3 ReLUs only, and bridges the gaps with dots', () => {
  const plot = depthPlots(record).markup.match(/<figure id="measure-zero-fraction">.*?<\/svg>/s)![0];
  expect(plot.match(/<circle class="mark"/g)).toHaveLength(3 + 1);
  expect(plot.match(/class="line bridge"/g)).toHaveLength(2 * 2);
});

it('writes every number with its interval into the table, undefined cases counted', () => {
  const table = depthPlots(record).markup.match(/<table class="numbers all-numbers">.*?<\/table>/s)![0];
  expect(table.match(/<tr>/g)).toHaveLength(1 + 2 * 13);
  expect(table.match(/3 undefined/g)).toHaveLength(2 * 3);
  expect(table).toMatch(/\d\.\d{3} \(\d\.\d{3} to \d\.\d{3}\)/);
  expect(table).toContain('<td>–</td>');
});

it('describes rises, falls, turns, and the largest difference of the networks', () => {
  const names = ['a', 'b', 'c'];
  const format = (value: number) => value.toFixed(1);
  const along = (...values: (number | null)[]) => values.map((value) => (value === null ? null : estimate(value)));
  expect(trendInWords(names, along(0.1, 0.4, 0.9), along(0.1, 0.1, 0.1), format)).toBe(
    'Trained: rises from 0.1 at a to 0.9 at c; untrained: no clear change from 0.1 at a to 0.1 at c. ' +
      'Largest difference: 0.9 against 0.1 at c.',
  );
  expect(trendInWords(names, along(0.5, 0.9, 0.2), along(0.5, 0.9, 0.2), format)).toBe(
    'Trained: falls from 0.5 at a to 0.2 at c, via 0.9 at b; untrained: falls from 0.5 at a to 0.2 at c, via 0.9 at b. ' +
      'Their intervals overlap at every layer.',
  );
  expect(trendInWords(names, along(null, 0.5, null), along(null, null, null), format)).toBe(
    'Trained: 0.5 at b; untrained: not measured.',
  );
});

it('shortens the names of layers to what fits beside the first ticks, and to 18 characters beside the others', () => {
  const layers = record.layers.map((layer, i) => ({ ...layer, layer: `${i}_${'m'.repeat(30)}` }));
  const { markup } = depthPlots({ ...record, layers });
  const shown = Array.from(markup.matchAll(/>(\d+_m+)…<title>/g), ([, name]) => name!.length + 1).slice(0, 13);
  expect(shown).toEqual([10, 15, ...Array(11).fill(18)]);
});

it('leaves out what was measured nowhere and says so; without layers there is nothing', () => {
  const layers = record.layers.map(
    (layer): LayerMetrics => ({
      ...layer,
      trained: { ...layer.trained, zeroFraction: null, pixelDecoding: [] },
      untrained: { ...layer.untrained, zeroFraction: null, pixelDecoding: [] },
    }),
  );
  const { markup } = depthPlots({ ...record, layers });
  expect(markup.match(/<svg class="plot layer-plot"/g)).toHaveLength(9);
  expect(markup).toContain('Not measured on this network: zero fraction.');
  expect(depthPlots({ ...record, layers: [] }).markup).toBe('');
});

it('numbers the layers of a network of 40 and prints the key; accepts a single layer and hostile names', () => {
  const many = Array.from({ length: 40 }, (_, i) => ({ ...record.layers[i % 13]!, layer: `<b>layer ${i}` }));
  const { markup } = depthPlots({ ...record, layers: many });
  expect(markup).toContain('<ol class="layer-key">');
  expect(markup).toContain('&lt;b&gt;layer 39');
  expect(markup).not.toContain('<b>');
  expect(depthPlots({ ...record, layers: many.slice(0, 1) }).markup).not.toMatch(/NaN|Infinity/);
});

it('draws figures that are all 0 without dividing by it', () => {
  const zero = { ...estimate(0, 0) };
  const layers = record.layers.map((layer) => ({
    ...layer,
    trained: { ...layer.trained, effectiveRank: zero, probeAccuracy: zero },
    untrained: { ...layer.untrained, effectiveRank: zero, probeAccuracy: zero },
  }));
  expect(depthPlots({ ...record, layers }).markup).not.toMatch(/NaN|Infinity/);
});
