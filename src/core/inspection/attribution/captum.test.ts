import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inlineEngine } from '../../../../test/engine/engines.ts';
import { createRecorder } from '../../compile/recorder.ts';
import { readModel } from '../../formats/modelFile.ts';
import { sizeOf } from '../../graph/shape.ts';
import type { AttributionMethod } from '../record.ts';
import { createExplainer, type Explainer } from './explainer.ts';
import { integratedGradients } from './integratedGradients.ts';
import { type Passes, passesOver } from './passes.ts';
import { withoutSoftmax } from './places.ts';

/** What make_attributions.py writes. */
interface Fixture {
  readonly images: number;
  readonly targets: readonly number[];
  /** [N, Y] */
  readonly logits: readonly number[];
  readonly maps: readonly {
    readonly method: AttributionMethod;
    readonly layer: string | null;
    readonly scales: readonly number[];
    /** Integrated gradients' points of the path. */
    readonly steps?: number;
  }[];
}

/** `npm run verify -- attribution --model MODEL` puts another model's maps here. */
const folder =
  process.env['SELVEDGE_ATTRIBUTIONS'] ??
  fileURLToPath(new URL('../../../../test/fixtures/inspection/attributions', import.meta.url));
const fixture = JSON.parse(readFileSync(join(folder, 'captum.json'), 'utf8')) as Fixture;
const stored = readFileSync(join(folder, 'captum.bin'));
const { network, parameters } = readModel(readFileSync(join(folder, 'model.safetensors')), 'model.safetensors');
const x = Float32Array.from(readFileSync(join(folder, 'images.u8')), (pixel) => pixel / 255);
const [H, W] = network.inputShape as [number, number];

/** max |a − b| ÷ max |b| of the worst image. */
function largestDeviation(maps: readonly ArrayLike<number>[], index: number): number {
  const deviations = maps.map((map, n) => {
    const scale = fixture.maps[index]!.scales[n]!;
    let largest = 0;
    for (let i = 0; i < H * W; i++) {
      const expected = stored.readInt16LE(((index * fixture.images + n) * H * W + i) * 2) * scale;
      largest = Math.max(largest, Math.abs(map[i]! - expected));
    }
    return largest / (scale * 32767 || 1);
  });
  return Math.max(...deviations);
}

describe('a trained network and 20 test images agree with Captum and PyTorch', () => {
  let explainer: Explainer;
  let passes: Passes;
  beforeAll(async () => {
    const options = { parameters, engine: inlineEngine, threads: 1 };
    explainer = await createExplainer({ network, ...options, seed: 0 });
    const logits = withoutSoftmax(network);
    passes = passesOver(await createRecorder({ network: logits, ...options, images: 32 }), logits, 32);
  });
  afterAll(() => Promise.all([explainer.close(), passes.close()]));

  test('20 images, logits within 1e-4', async () => {
    expect(fixture.images).toBe(20);
    expect(x.length).toBe(20 * sizeOf(network.inputShape));
    const scores: number[] = [];
    await passes.forward(x, (batch) => scores.push(...batch.scores));
    for (const [i, logit] of fixture.logits.entries()) expect(Math.abs(scores[i]! - logit)).toBeLessThan(1e-4);
  });

  test('integrated gradients at the default steps: completeness error at most 1 % or 0.01', async () => {
    const maps = await explainer.attribute({ method: 'integratedGradients', layer: null }, x, fixture.targets);
    for (const { completeness, values } of maps) {
      const { error, difference } = completeness!;
      expect(error).toBeLessThanOrEqual(Math.max(0.01 * Math.abs(difference), 0.01));
      expect(Math.abs(values.reduce((sum, value) => sum + value, 0) - difference)).toBeCloseTo(error, 4);
    }
  });

  for (const [index, { method, layer, steps }] of fixture.maps.entries()) {
    const place = layer ? `${method} at ${layer}` : method;
    test(`${place}: within 0.001 of each map's maximum`, async ({ task }) => {
      // The path's points must be the same, as a ReLU's kink may lie between two.
      const maps = steps
        ? await integratedGradients(passes, x, fixture.targets, { steps, mostSteps: steps })
        : await explainer.attribute({ method, layer }, x, fixture.targets);
      expect(maps).toHaveLength(20);
      const deviation = largestDeviation(
        maps.map(({ values }) => values),
        index,
      );
      (task.meta as { figure?: string }).figure = deviation.toExponential(1);
      expect(deviation).toBeLessThan(1e-3);
    });
  }
});
