import { describe, expect, it } from 'vitest';
import { randomValues } from '../../../../test/engine/fixtures.ts';
import { specs, targetOf } from '../../../../test/fixtures/inspection/targets.ts';
import type { LayerSpec } from '../../graph/spec.ts';
import { energyShares, filterMetrics } from './filters.ts';

describe('energyShares', () => {
  it('of a constant is flat, of a slope edge, of a checkerboard neither, of zeros undefined', () => {
    expect(energyShares([2, 2, 2, 2, 2, 2, 2, 2, 2], 3, 3)!.flat).toBeCloseTo(1, 12);
    // The 3-point slope −1, 0, 1 is exactly the first cosine.
    expect(energyShares([-1, 0, 1, -1, 0, 1, -1, 0, 1], 3, 3)!.edge).toBeCloseTo(1, 12);
    expect(energyShares([-1, -1, -1, 0, 0, 0, 1, 1, 1], 3, 3)!.edge).toBeCloseTo(1, 12);
    expect(energyShares([1, -1, -1, 1], 2, 2)!.texture).toBeCloseTo(1, 12);
    expect(energyShares([0, 0, 0, 0], 2, 2)).toBeNull();
  });

  it('of 3, 1 over one row are 16/20 flat and 4/20 edge', () => {
    const shares = energyShares([3, 1], 1, 2)!;
    expect(shares.flat).toBeCloseTo(0.8, 12);
    expect(shares.edge).toBeCloseTo(0.2, 12);
    expect(shares.texture).toBeCloseTo(0, 12);
  });

  it('of noise are 1/25, 2/25 and 22/25 within 0.01 for 5×5', () => {
    const sums = { flat: 0, edge: 0, texture: 0 };
    for (let n = 0; n < 1000; n++) {
      const shares = energyShares(randomValues(n, 25), 5, 5)!;
      expect(shares.flat + shares.edge + shares.texture).toBeCloseTo(1, 12);
      for (const part of ['flat', 'edge', 'texture'] as const) sums[part] += shares[part] / 1000;
    }
    expect(Math.abs(sums.flat - 1 / 25)).toBeLessThan(0.01);
    expect(Math.abs(sums.edge - 2 / 25)).toBeLessThan(0.01);
    expect(Math.abs(sums.texture - 22 / 25)).toBeLessThan(0.01);
  });
});

describe('filterMetrics', () => {
  it('are means over input channels, then over filters, and leave filters of zeros out', () => {
    const spec: readonly LayerSpec[] = [
      { type: 'input', shape: [4, 4, 2] },
      { type: 'conv2d', filters: 3, kernelSize: 2 },
    ];
    const target = targetOf(spec);
    const parameters = new Float32Array(target.parameters.length);
    const write = (filter: number, channel: number, values: readonly number[]) => {
      for (const [i, value] of values.entries()) parameters[(i * 2 + channel) * 3 + filter] = value;
    };
    write(0, 0, [1, 1, 1, 1]);
    write(0, 1, [1, -1, 1, -1]);
    write(2, 1, [1, -1, -1, 1]);
    const { layer, filters, trained } = filterMetrics({ ...target, parameters }, 1)!;
    expect({ layer, filters }).toEqual({ layer: 'conv2d_1', filters: 3 });
    expect(trained.flat.value).toBeCloseTo(1 / 4, 12);
    expect(trained.edge.value).toBeCloseTo(1 / 4, 12);
    expect(trained.texture.value).toBeCloseTo(1 / 2, 12);
    expect(trained.texture.low).toBeCloseTo(0, 12);
    expect(trained.texture.high).toBeCloseTo(1, 12);
  });

  it('of a depthwise convolution are means over its filters, one a channel', () => {
    const target = targetOf([
      { type: 'input', shape: [4, 4, 2] },
      { type: 'depthwiseConv2d', kernelSize: 2 },
    ]);
    const parameters = Float32Array.of(1, 1, 1, -1, 1, -1, 1, 1, 0, 0);
    const { filters, trained } = filterMetrics({ ...target, parameters }, 1)!;
    expect(filters).toBe(2);
    expect(trained.flat.value).toBeCloseTo(1 / 2, 12);
    expect(trained.texture.value).toBeCloseTo(1 / 2, 12);
  });

  it('are null without convolutions, for 1×1 kernels and where all filters are zero', () => {
    expect(filterMetrics(targetOf(specs.dense), 1)).toBeNull();
    const single = targetOf([
      { type: 'input', shape: [4, 4, 2] },
      { type: 'conv2d', filters: 3, kernelSize: 1 },
    ]);
    expect(filterMetrics(single, 1)).toBeNull();
    const target = targetOf(specs.pooled);
    expect(filterMetrics({ ...target, parameters: target.parameters.map(() => 0) }, 1)).toBeNull();
  });
});
