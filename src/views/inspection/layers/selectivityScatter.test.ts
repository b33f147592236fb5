import { expect, it } from 'vitest';
import { sampleInspection } from '../../../../test/fixtures/inspection/sampleRecord.ts';
import type { MapMetrics } from '../../../core/inspection/record.ts';
import { selectivityScatter } from './selectivityScatter.ts';

const { maps, layers: depth, model } = sampleInspection().record;

const map = (channel: number, selectivity: number, lost: number): MapMetrics => ({
  layer: 'relu_1',
  channel,
  dead: false,
  top: [],
  selectivity: { value: selectivity, label: 0 },
  accuracyLost: { value: lost, low: lost - 0.001, high: lost + 0.001 },
});

it('draws one plot a layer, dead maps left out and counted', () => {
  const { markup } = selectivityScatter({ maps, layers: depth, ...model });
  const layers = new Set(maps.map(({ layer }) => layer));
  expect(markup.match(/<svg class="plot scatter"[^>]*role="img" aria-label="[^"]+"/g)).toHaveLength(layers.size);
  expect(markup.match(/<circle class="mark"/g)).toHaveLength(maps.filter(({ selectivity }) => selectivity).length);
  expect(markup).toContain('1 map left out, with an undefined selectivity');
  expect(markup).not.toMatch(/NaN|undefined(?! selectivity)|Infinity|null/);
});

it('sets the most selective map against the costliest, in percentage points', () => {
  const { markup } = selectivityScatter({
    maps: [map(0, 0.9, 0), map(1, 0.2, 0.012), map(2, 0.5, 0.0005)],
    layers: [],
    classNames: ['bag'],
  });
  expect(markup).toContain(
    'For 1 of 3 maps the interval is above 0. Most selective: map 0: selectivity 0.90, 0.00 points lost. ' +
      'Costliest: map 1: selectivity 0.20, 1.20 points lost.',
  );
  expect(markup).toContain('<title>map 1: selectivity 0.20 for bag, accuracy lost 1.20 (1.10 to 1.30) points</title>');
});

it('draws nothing where no map has a selectivity', () => {
  expect(selectivityScatter({ maps: [], layers: [], classNames: [] }).markup).toBe('');
  expect(
    selectivityScatter({ maps: [{ ...map(0, 0, 0), selectivity: null }], layers: [], classNames: [] }).markup,
  ).toBe('');
});
