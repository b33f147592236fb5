import { describe, expect, it } from 'vitest';
import { picturesFor, specs, targetOf } from '../../../test/fixtures/inspection/targets.ts';
import { referenceNetwork } from '../graph/reference.ts';
import { recordImages } from './recording.ts';
import { depthOf } from './target.ts';

describe('recordImages', () => {
  it.each(Object.entries(specs))(
    'gives every layer of every picture within 1e-5 of the reference: %s',
    async (_, spec) => {
      const target = targetOf(spec);
      const { images, count } = picturesFor(spec, 18);
      const recorded = await recordImages(target, images);
      const expected = referenceNetwork(
        target.network,
        target.parameters,
        Float64Array.from(images, (pixel) => pixel / 255),
      );
      expect(recorded).toHaveLength(count);
      const names = depthOf(target.network).map(({ layer }) => layer.name);
      for (const [n, { probabilities, predicted, activations }] of recorded.entries()) {
        expect([...activations.layers.keys()]).toEqual(names);
        for (const [name, values] of activations.layers) {
          const all = expected.activations.get(name)!;
          const width = all.length / count;
          expect(values).toHaveLength(width);
          const error = values.reduce((most, value, i) => Math.max(most, Math.abs(value - all[n * width + i]!)), 0);
          expect(error, name).toBeLessThan(1e-5);
        }
        expect(probabilities).toEqual(activations.layers.get(names.at(-1)!));
        expect(probabilities[predicted]).toBe(Math.max(...probabilities));
      }
    },
  );

  it('of no pictures is nothing', async () => {
    expect(await recordImages(targetOf(specs.pooled), new Uint8Array(0))).toEqual([]);
  });
});
