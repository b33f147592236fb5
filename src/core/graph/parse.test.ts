import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SelvedgeError } from '../errors.ts';
import { builtinNetwork } from './builtin.ts';
import { layerTypes } from './layers/index.ts';
import { buildNetwork } from './network.ts';
import { parseNetwork } from './parse.ts';
import type { LayerSpec } from './spec.ts';

const input: LayerSpec = { type: 'input', shape: [8, 6, 3] };
const badSpec = (message: string) => new SelvedgeError('bad-spec', message);

describe('parseNetwork', () => {
  test('takes the reference network as it comes out of JSON', () => {
    const spec = builtinNetwork('reference');
    expect(parseNetwork(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });

  test.each([
    ['text', 'A network is a JSON list of layers, the first of type input; this is no list.'],
    [{ layers: [] }, 'A network is a JSON list of layers, the first of type input; this is no list.'],
    [null, 'A network is a JSON list of layers, the first of type input; this is no list.'],
    [[input, 7], 'Layer 2 is not an object such as {"type": "dense", "units": 10}.'],
    [[null], 'Layer 1 is not an object such as {"type": "dense", "units": 10}.'],
    [[[]], 'Layer 1 is not an object such as {"type": "dense", "units": 10}.'],
    [[{ type: 'attention' }], `Layer 1 has the unknown type "attention"; the types are ${layerTypes.join(', ')}.`],
    [[{}], `Layer 1 has the unknown type undefined; the types are ${layerTypes.join(', ')}.`],
    [[{ type: 'toString' }], `Layer 1 has the unknown type "toString"; the types are ${layerTypes.join(', ')}.`],
    [
      [input, { type: 'dense', units: 3, bias: false }],
      "Layer 2 (dense) has the unknown option 'bias'; its options are units, activation, kernelInitializer, trainable.",
    ],
    [
      [{ type: 'relu', slope: 0.1 }],
      "Layer 1 (relu) has the unknown option 'slope'; it takes none but name and inputs.",
    ],
    [[{ type: 'conv2d', filters: 3 }], 'Layer 1 (conv2d) lacks the option kernelSize.'],
    [[{ type: 'dropout' }], 'Layer 1 (dropout) lacks the option rate.'],
    [[input, { type: 'dropout', name: 'thinned' }], 'Layer thinned (dropout) lacks the option rate.'],
    [
      [{ type: 'lstm', name: 'memory' }],
      `Layer memory has the unknown type "lstm"; the types are ${layerTypes.join(', ')}.`,
    ],
    [[{ type: 'depthwiseConv2d' }], 'Layer 1 (depthwiseConv2d) lacks the option kernelSize.'],
    [
      [{ type: 'depthwiseConv2d', kernelSize: 3, useBias: 0 }],
      'Layer 1 (depthwiseConv2d): useBias is 0, but should be true or false.',
    ],
    [[{ type: 'dense', units: 0 }], 'Layer 1 (dense): units is 0, but should be a whole number from 1 up.'],
    [[{ type: 'dense', units: '10' }], 'Layer 1 (dense): units is "10", but should be a whole number from 1 up.'],
    [[{ type: 'dropout', rate: 1 }], 'Layer 1 (dropout): rate is 1, but should be a number from 0 to below 1.'],
    [[{ type: 'dropout', rate: -0.1 }], 'Layer 1 (dropout): rate is -0.1, but should be a number from 0 to below 1.'],
    [
      [{ type: 'dense', units: 1, activation: 'tanh' }],
      `Layer 1 (dense): activation is "tanh", but should be 'relu', 'relu6' or 'softmax'.`,
    ],
    [
      [{ type: 'conv2d', filters: 1, kernelSize: [3, 3, 3] }],
      'Layer 1 (conv2d): kernelSize is [3,3,3], but should be a whole number from 1 up, or two of them: [height, width].',
    ],
    [
      [{ type: 'zeroPadding2d', padding: [1, [1, 2]] }],
      'Layer 1 (zeroPadding2d): padding is [1,[1,2]], but should be a whole number from 0 up, [height, width], or [[top, bottom], [left, right]].',
    ],
    [[{ type: 'maxPooling2d', padding: 1 }], "Layer 1 (maxPooling2d): padding is 1, but should be 'valid' or 'same'."],
    [
      [{ type: 'input', shape: [28, 28] }],
      'Layer 1 (input): shape is [28,28], but should be three whole numbers [height, width, channels], or one [features].',
    ],
    [
      [{ type: 'reshape', shape: [-1] }],
      'Layer 1 (reshape): shape is [-1], but should be three whole numbers [height, width, channels], or one [features].',
    ],
    [[{ type: 'reshape' }], 'Layer 1 (reshape) lacks the option shape.'],
    [
      [{ type: 'relu', name: 'a/b' }],
      "Layer 1 (relu) has a name that is not made of letters, digits, '_', '-' and '.'.",
    ],
    [[{ type: 'add', inputs: 'a' }], 'Layer 1 (add): inputs is "a", but should be a list of layers\' names.'],
    [[{ type: 'add', inputs: [] }], "Layer 1 (add): inputs is [], but should be a list of layers' names."],
    [[{ type: 'add', inputs: ['a', 1] }], 'Layer 1 (add): inputs is ["a",1], but should be a list of layers\' names.'],
    [[{ type: 'relu', name: '' }], "Layer 1 (relu) has a name that is not made of letters, digits, '_', '-' and '.'."],
  ])('%j is refused', (value, message) => {
    expect(() => parseNetwork(value)).toThrow(badSpec(message));
  });

  test('values that JSON has no word for are refused like others', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => parseNetwork([{ type: 1n }])).toThrow(/^Layer 1 has the unknown type bigint; the types are input, /);
    expect(() => parseNetwork([{ type: 'dense', units: loop }])).toThrow(
      badSpec('Layer 1 (dense): units is object, but should be a whole number from 1 up.'),
    );
  });

  /** Values that are nearly networks. */
  const option = fc.oneof(
    fc.integer({ min: -1, max: 9 }),
    fc.array(fc.integer({ min: -1, max: 9 }), { maxLength: 3 }),
    fc.anything({ withBigInt: true }),
  );
  const layer = fc.record(
    {
      type: fc.oneof(fc.constantFrom(...layerTypes), fc.anything({ withBigInt: true })),
      name: fc.oneof(fc.constantFrom('a', 'relu_1'), fc.anything()),
      inputs: fc.oneof(fc.array(fc.constantFrom('a', 'relu_1', 'input')), fc.anything()),
      ...Object.fromEntries(
        [
          'shape',
          'padding',
          'filters',
          'kernelSize',
          'strides',
          'poolSize',
          'units',
          'rate',
          'activation',
          'trainable',
          'useBias',
        ].map((key) => [key, option]),
      ),
    },
    { requiredKeys: ['type'] },
  );

  test('whatever is parsed and built, nothing but bad-spec is thrown', () => {
    fc.assert(
      fc.property(fc.oneof(fc.array(fc.oneof(layer, fc.anything())), fc.anything({ withBigInt: true })), (value) => {
        try {
          buildNetwork(parseNetwork(value));
        } catch (error) {
          expect(error).toMatchObject({ name: 'SelvedgeError', code: 'bad-spec' });
        }
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  test('lists of well-formed layers are parsed, and built or refused with bad-spec', () => {
    const size = fc.integer({ min: 1, max: 9 });
    const size2d = fc.oneof(size, fc.tuple(size, size));
    const wellFormed = fc.oneof(
      fc.record({ type: fc.constant('zeroPadding2d'), padding: fc.oneof(fc.nat({ max: 3 }), fc.tuple(size, size)) }),
      fc.record({ type: fc.constant('conv2d'), filters: size, kernelSize: size2d, strides: size2d }),
      fc.record({
        type: fc.constant('depthwiseConv2d'),
        kernelSize: size2d,
        strides: size2d,
        padding: fc.constantFrom('valid', 'same'),
      }),
      fc.record({ type: fc.constant('dropout'), rate: fc.double({ min: 0, max: 0.99, noNaN: true }) }),
      fc.record({
        type: fc.constantFrom('maxPooling2d', 'averagePooling2d'),
        poolSize: size2d,
        padding: fc.constantFrom('valid', 'same'),
      }),
      fc.record({ type: fc.constant('dense'), units: size, activation: fc.constantFrom('relu', 'relu6', 'softmax') }),
      fc.record({
        type: fc.constantFrom('relu', 'relu6', 'flatten', 'globalAveragePooling2d', 'globalMaxPooling2d', 'softmax'),
      }),
    );
    const shape = fc.tuple(size, size, size);
    fc.assert(
      fc.property(shape, fc.array(wellFormed, { maxLength: 5 }), (inputShape, layers) => {
        const spec = parseNetwork([{ type: 'input', shape: inputShape }, ...layers]);
        try {
          const network = buildNetwork(spec);
          expect(network.outputShape.every((n) => Number.isSafeInteger(n) && n > 0)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ name: 'SelvedgeError', code: 'bad-spec' });
        }
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});
