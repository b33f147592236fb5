import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { randomSequence } from '../engine/random.ts';
import { SelvedgeError } from '../errors.ts';
import { networkOf, requireUsable } from './networks.ts';
import { gridSize } from './samplers.ts';
import { contains, drawValue } from './space.ts';
import { parseSweep, setupOf } from './spec.ts';

const settings = { validation: 100 };
const parse = (sweep: unknown) => parseSweep(sweep, 'space.yaml');
const withParameters = (parameters: unknown) => parse({ settings, parameters });
const rate = { low: 0.001, high: 0.1, log: true };

describe('a sweep file', () => {
  it('has defaults', () => {
    expect(withParameters({ learningRate: rate })).toEqual({
      name: null,
      seed: 0,
      trials: 20,
      round: 4,
      sampler: { kind: 'tpe', multivariate: true, startupTrials: 10, candidates: 24 },
      objective: { metric: 'validationAccuracy', direction: 'maximize' },
      secondObjective: null,
      halving: null,
      settings,
      network: 'reference',
      dimensions: [
        {
          parameter: { name: 'learningRate', kind: 'number', low: 0.001, high: 0.1, log: true, step: null },
          target: 'setting',
          values: [],
        },
      ],
    });
  });

  it('takes choices of any kind, which are labelled as on the command line', () => {
    const { dimensions } = withParameters({
      emaDecay: [null, 0.99],
      weightDecayRoles: { choices: [['kernel'], ['kernel', 'bias']] },
      learningRateMultipliers: [{}, { bias: 2 }],
      network: ['air', 'small'],
      nesterov: [true, false],
    });
    expect(dimensions.map(({ parameter }) => 'choices' in parameter && parameter.choices)).toEqual([
      ['none', 0.99],
      ['kernel', 'kernel,bias'],
      ['none', 'bias=2'],
      ['air', 'small'],
      [true, false],
    ]);
    expect(dimensions[1]!.values).toEqual([['kernel'], ['kernel', 'bias']]);
  });

  it('lets the largest value be one that can be reached', () => {
    const { dimensions } = withParameters({ batchSize: { low: 10, high: 99, step: 20 }, width: { low: 1, high: 4 } });
    expect(dimensions.map(({ parameter }) => parameter)).toEqual([
      { name: 'batchSize', kind: 'whole', low: 10, high: 90, log: false, step: 20 },
      { name: 'width', kind: 'whole', low: 1, high: 4, log: false, step: null },
    ]);
  });

  it('has as many trials as the grid has points', () => {
    const grid = { settings, sampler: 'grid', parameters: { shift: [0, 1, 2], cutout: { low: 0, high: 8, step: 4 } } };
    expect(parse(grid).trials).toBe(9);
    expect(parse({ ...grid, trials: 100 }).trials).toBe(9);
    expect(gridSize(parse({ ...grid, trials: 4 }).dimensions.map(({ parameter }) => parameter))).toBe(9);
    expect(parse({ ...grid, trials: 4 }).trials).toBe(4);
  });
});

describe('is refused in a sentence:', () => {
  test.each<[string, unknown, string]>([
    ['an unknown entry', { trails: 3 }, "space.yaml has the unknown entry 'trails' (did you mean trials?)."],
    ['no table', [1], 'space.yaml is [1], but should be a table with name, seed, trials'],
    ['no parameters', { settings }, 'space.yaml lacks parameters.'],
    ['an empty space', { settings, parameters: {} }, 'space.yaml has no parameters; give one or more'],
    ['a wrong value', { trials: 1.5 }, 'space.yaml has trials: 1.5, which should be a whole number from 1 up.'],
    [
      'an unknown sampler',
      { sampler: 'tpr' },
      'space.yaml has sampler: "tpr", which should be one of grid, random, tpe.',
    ],
    [
      'an unknown entry below',
      { halving: { fator: 3 } },
      "space.yaml: halving has the unknown entry 'fator' (did you mean factor?).",
    ],
    [
      'a wrong value below',
      { tpe: { candidates: 0 } },
      'space.yaml: tpe has candidates: 0, which should be a whole number',
    ],
    ['no validation images', { parameters: { learningRate: rate } }, 'space.yaml keeps no images for validation'],
    [
      'an unknown setting',
      { settings: { validation: 3, learninRate: 1 }, parameters: {} },
      "space.yaml: settings has the unknown setting 'learninRate' (did you mean learningRate?).",
    ],
    [
      'a setting out of its range',
      { settings: { validation: 3, momentum: 1 }, parameters: {} },
      'space.yaml: settings has momentum: 1, which should be a number from 0 to below 1, or null.',
    ],
    ['the network as a setting', { settings: { network: 'air' }, parameters: {} }, 'which stands beside settings'],
    [
      'a setting that also varies',
      { settings: { validation: 3, seed: 1 }, parameters: { seed: [1, 2] } },
      'space.yaml has seed under settings and under parameters; remove one of them.',
    ],
    [
      'varied epochs with halving',
      { settings, halving: {}, parameters: { epochs: [1, 2] } },
      'space.yaml varies epochs, but halving compares trials of equal length',
    ],
    [
      'a first rung at the end',
      { settings, halving: { firstEpochs: 5 }, parameters: { learningRate: rate } },
      'space.yaml: halving has firstEpochs: 5, but trials have only 5 epochs; choose fewer.',
    ],
  ])('%s', (_, sweep, message) => {
    expect(() => parse(sweep)).toThrow(message);
    expect(() => parse(sweep)).toThrow(SelvedgeError);
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      'an empty range',
      { learningRate: { low: 2, high: 1 } },
      'has an empty range: low 2 is above high 1; exchange them.',
    ],
    [
      'a range of one value',
      { learningRate: { low: 1, high: 1 } },
      'has a range with one value, 1; set it under settings',
    ],
    ['a range without an end', { learningRate: { low: 1 } }, 'space.yaml: learningRate lacks high.'],
    ['a logarithm of 0', { shift: { low: 0, high: 4, log: true } }, 'has a logarithmic scale from 0'],
    ['log and step', { learningRate: { low: 1, high: 2, log: true, step: 1 } }, 'has both log and step'],
    ['a step that is too large', { shift: { low: 1, high: 3, step: 4 } }, 'has a step of 4, larger than its range'],
    [
      'halves of whole numbers',
      { shift: { low: 0.5, high: 3 } },
      'takes whole numbers, but its range is low 0.5 to high 3',
    ],
    [
      'infinity',
      { learningRate: { low: 1, high: Number.POSITIVE_INFINITY } },
      'high: Infinity, which should be a number',
    ],
    [
      'a range beyond the setting',
      { momentum: { low: 0, high: 1 } },
      'has high: 1, which should be a number from 0 to',
    ],
    [
      'a range of words',
      { optimizer: { low: 0, high: 1 } },
      'is no number, so it has no range; give it a list of choices',
    ],
    ['no choice', { optimizer: [] }, 'has choices: [], which should be a list of one choice or more.'],
    [
      'an unknown choice',
      { optimizer: ['adam', 'adm'] },
      'has the choice "adm", which should be one of adam, adamW, sgd',
    ],
    ['a choice twice', { shift: [1, 2, 1] }, 'has the choice 1 twice'],
    ['a choice that is no scalar', { width: [{ a: 1 }] }, 'which should be a number, a word, true or false'],
    ['neither range nor choices', { learningRate: 3 }, 'is 3, but should be a range such as { low: 1, high: 10 } or'],
    ['varied validation images', { limit: [1, 2] }, 'cannot vary, since trials are compared on the same images'],
  ])('%s', (_, parameters, message) => {
    expect(() => withParameters(parameters)).toThrow(message);
  });
});

it('refuses anything with a SelvedgeError, and what it accepts has drawable values', () => {
  const leaf = fc.oneof(fc.double(), fc.integer({ min: -3, max: 9 }), fc.string(), fc.boolean(), fc.constant(null));
  const range = fc.record({ low: leaf, high: leaf, log: leaf, step: leaf }, { requiredKeys: [] });
  const key = fc.constantFrom(
    'learningRate',
    'batchSize',
    'optimizer',
    'width',
    'epochs',
    'network',
    '__proto__',
    'x y',
  );
  const parameters = fc.dictionary(key, fc.oneof(range, fc.array(leaf, { maxLength: 3 }), leaf), { maxKeys: 3 });
  const sweep = fc.record(
    { settings: fc.constant(settings), parameters, trials: leaf, halving: fc.option(range), extra: leaf },
    { requiredKeys: ['settings', 'parameters'] },
  );
  fc.assert(
    fc.property(
      fc.oneof(sweep, fc.record({ settings: fc.constant(settings), parameters }), fc.jsonValue()),
      (value) => {
        try {
          for (const { parameter } of parse(value).dimensions) {
            const drawn = drawValue(parameter, randomSequence(1, 2, 3));
            expect(contains(parameter, drawn), JSON.stringify([parameter, drawn])).toBe(true);
          }
        } catch (error) {
          if (!(error instanceof SelvedgeError)) throw error;
          expect(error.message).toMatch(/\.$/);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

describe("a trial's run", () => {
  it('leaves out what the chosen optimizer has not', () => {
    const spec = parse({
      settings: { ...settings, weightDecay: 0.1 },
      parameters: {
        optimizer: ['adam', 'sgd'],
        momentum: { low: 0, high: 0.9 },
        schedule: ['step', 'linear'],
        stepFactor: [0.1],
      },
    });
    const adam = setupOf(spec, { optimizer: 'adam', momentum: 0.5, schedule: 'linear', stepFactor: 0.1 });
    expect(adam.given).toEqual({ validation: 100, optimizer: 'adam', schedule: 'linear' });
    const sgd = setupOf(spec, { optimizer: 'sgd', momentum: 0.5, schedule: 'step', stepFactor: 0.1 });
    expect(sgd.configuration).toMatchObject({ momentum: 0.5, weightDecay: 0.1, stepFactor: 0.1, stepEpochs: 1 });
  });

  it('fails where the optimizer is fixed and has no such setting', () => {
    const spec = withParameters({ momentum: { low: 0, high: 0.9 } });
    expect(() => requireUsable(spec, {}, 'space.yaml')).toThrow(
      'space.yaml makes no run. The optimizer adam has no momentum; leave momentum out, or choose sgd.',
    );
  });
});

describe('a network with placeholders', () => {
  const network = [
    { type: 'input', shape: [28, 28, 1] },
    { type: 'conv2d', filters: '$width', kernelSize: 3, strides: 4 },
    { type: 'conv2d', filters: '$width * 2', kernelSize: ['$size', 3] },
    { type: 'flatten' },
    { type: 'dense', units: 10, activation: 'softmax' },
  ];
  const parameters = { width: { low: 2, high: 8 }, size: [1, 3] };
  const spec = parse({ settings, network, parameters });

  it('is filled in, and its size is known', () => {
    const { spec: layers, parameters: size, name, multiplyAdds } = networkOf(network, {}, { width: 4, size: 3 });
    expect(layers[2]).toEqual({ type: 'conv2d', filters: 8, kernelSize: [3, 3] });
    expect({ name, size }).toEqual({ name: null, size: 4 * 10 + (36 * 8 + 8) + (8 * 25 * 10 + 10) });
    expect(multiplyAdds).toBe(49 * 36 + 25 * 36 * 8 + 2000);
    requireUsable(spec, {}, 'space.yaml');
  });

  it('may be a file, and a built-in one keeps its name', () => {
    expect(networkOf('mine.json', { 'mine.json': network }, { width: 4, size: 3 }).name).toBeNull();
    expect(networkOf('mine.json', { 'mine.json': networkOf('air', {}, {}).spec }, {}).name).toBe('mine.json');
    expect(networkOf('seed', {}, {}).name).toBe('reference');
  });

  test.each<[string, object, string]>([
    [
      'a placeholder without a parameter',
      { width: [2] },
      'The network has the placeholder "$size", but space.yaml has no parameter',
    ],
    ['a misspelt one', { width: [2], sise: [3] }, 'has no parameter of that name (did you mean sise?).'],
    [
      'a parameter that is used nowhere',
      { ...parameters, depht: [1] },
      'parameters has depht, which is neither a setting',
    ],
    [
      'a misspelt setting',
      { ...parameters, lerningRate: [1] },
      "has the unknown setting 'lerningRate' (did you mean learningRate?).",
    ],
    [
      'values that make no network',
      { width: [0.5], size: [1] },
      'filters is 0.5, but should be a whole number from 1 up.',
    ],
  ])('is refused with %s', (_, its, message) => {
    expect(() => requireUsable(parse({ settings, network, parameters: its }), {}, 'space.yaml')).toThrow(message);
  });

  it('multiplies numbers only', () => {
    expect(() => networkOf(network, {}, { width: 'wide', size: 1 })).toThrow(SelvedgeError);
  });
});
