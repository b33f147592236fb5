import { describe, expect, test } from 'vitest';
import { goldenMask, goldenParameters, goldenWeights, hash32, loadGolden, relativeError, size } from './golden.ts';

const golden = loadGolden();

describe('the hash gives the values that make_golden.py prints', () => {
  test('integers', () => {
    expect([0, 1, 2, 3].map((i) => hash32(i, 5170))).toEqual([1154826370, 2439611759, 3352373681, 768757787]);
    expect(hash32(401407, 5174)).toBe(1411708633);
  });

  test('weights, to the last bit', () => {
    const ends = (values: Float32Array) => [...values.subarray(0, 3), values.at(-1)];
    const seed = goldenParameters(golden.seed);
    expect(ends(seed['conv2d_1/kernel'])).toEqual([
      -0.0657002329826355, 0.01933484524488449, 0.07974709570407867, -0.14017781615257263,
    ]);
    expect(ends(seed['dense_1/kernel'])).toEqual([
      0.02413790300488472, 0.02522381767630577, -0.03345901891589165, -0.014689798466861248,
    ]);
    expect(ends(goldenParameters(golden.small)['conv2d_2/bias'])).toEqual([
      0.0215058084577322, -0.04330484941601753, 0.009790986776351929, 0.03598545864224434,
    ]);
  });

  test('a dropout mask', () => {
    expect([...goldenMask(golden.masked.masks.dropout_1, 16)]).toEqual([
      1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 1,
    ]);
  });

  test('the limit is Glorot’s for a kernel and 0.05 for a bias', () => {
    const limits = golden.seed.parameters.map((parameter) => parameter.limit);
    expect(limits[4]).toBeCloseTo(Math.sqrt(6 / (3136 + 128)), 15);
    expect(limits[5]).toBe(0.05);
    const drawn = goldenWeights(1, 10_000, 0.05);
    expect(Math.max(...drawn)).toBeLessThan(0.05);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(Math.fround(-0.05));
  });
});

describe('the trace is read as it was written', () => {
  test('421,642 parameters in the spec’s order', () => {
    const { parameters } = golden.seed;
    expect(parameters.map(({ name, shape }) => `${name} ${shape.join('×')}`)).toEqual([
      'conv2d_1/kernel 3×3×1×32',
      'conv2d_1/bias 32',
      'conv2d_2/kernel 3×3×32×64',
      'conv2d_2/bias 64',
      'dense_1/kernel 3136×128',
      'dense_1/bias 128',
      'dense_2/kernel 128×10',
      'dense_2/bias 10',
    ]);
    expect(parameters.reduce((sum, { shape }) => sum + size(shape), 0)).toBe(421_642);
  });

  test.each(['seed', 'masked', 'small', 'smallAsymmetric'] as const)(
    '%s: every tensor has its size and is finite',
    (name) => {
      const part = golden[name];
      for (const parameter of part.parameters) {
        const gradient = part.gradients[parameter.name];
        expect(gradient.length).toBe(Math.ceil(size(parameter.shape) / (part.sampled[parameter.name]?.stride ?? 1)));
        expect(gradient.every(Number.isFinite)).toBe(true);
        expect(gradient.some((value) => value !== 0)).toBe(true);
      }
      expect(part.logits.every(Number.isFinite)).toBe(true);
    },
  );

  test('plain, scaled and sampled values', () => {
    const { seed, masked, small } = golden;
    expect([...seed.gradients['conv2d_1/bias'].subarray(0, 3)]).toEqual([
      -0.004388848785310984, 0.036787960678339005, -0.02793230675160885,
    ]);
    expect(Math.abs(seed.gradients['dense_1/kernel'][26805]!)).toBeCloseTo(0.018791248698430213, 8);
    expect([...masked.gradients['dense_1/kernel'].subarray(4000, 4003)]).toEqual([
      0,
      Math.fround(-0.0008528318430918826),
      0,
    ]);
    expect(masked.sampled['dense_1/kernel']).toMatchObject({ stride: 7, norm: 4.267140151395142 });
    expect(small.inputGradient.length).toBe(size(small.input.shape));
  });

  test('ten losses, the first of them the seed’s own', () => {
    expect(golden.seed.losses).toHaveLength(10);
    expect(golden.seed.losses[0]).toBe(golden.seed.loss);
  });

  test.each(['seed', 'masked'] as const)('%s: the last bias’s gradients add up to nothing, as softmax’s do', (name) => {
    const sum = golden[name].gradients['dense_2/bias'].reduce((total, value) => total + value, 0);
    expect(Math.abs(sum)).toBeLessThan(1e-7);
  });
});

describe('relativeError', () => {
  test('is the largest difference over the largest golden value', () => {
    expect(relativeError([1, 2, 3.5], [1, 2, 4])).toBe(0.125);
    expect(relativeError([1, 9, 2, 9], [1, 2], 2)).toBe(0);
  });

  test('shows NaN and refuses lengths that don’t fit', () => {
    expect(relativeError([1, Number.NaN, 3], [1, 2, 3])).toBeNaN();
    expect(() => relativeError([1, 2, 3], [1, 2], 3)).toThrow('cannot be compared');
  });
});
