import { describe, expect, test } from 'vitest';
import { SelvedgeError } from '../errors.ts';
import { builtinNetwork } from './builtin.ts';
import { buildNetwork, type Network, requireClassifier } from './network.ts';
import type { LayerSpec } from './spec.ts';

const input: LayerSpec = { type: 'input', shape: [8, 6, 3] };

const badSpec = (message: string) => new SelvedgeError('bad-spec', message);
const namesOf = (spec: readonly LayerSpec[]) => buildNetwork(spec).layers.map(({ name }) => name);

describe('buildNetwork', () => {
  test('writes activations out as layers, and names layers by their type and number', () => {
    const spec: LayerSpec[] = [
      input,
      { type: 'conv2d', filters: 2, kernelSize: 3, activation: 'relu' },
      { type: 'conv2d', name: 'eyes', filters: 2, kernelSize: 3, activation: 'relu' },
      { type: 'relu' },
      { type: 'conv2d', filters: 2, kernelSize: 1 },
      { type: 'flatten' },
      { type: 'dense', name: 'scores', units: 2, activation: 'softmax' },
    ];
    const names = [
      'input',
      'conv2d_1',
      'relu_1',
      'eyes',
      'relu_2',
      'relu_3',
      'conv2d_3',
      'flatten_1',
      'scores',
      'softmax_1',
    ];
    expect(namesOf(spec)).toEqual(names);
    expect(buildNetwork(spec).spec).toBe(spec);
    expect(buildNetwork(spec).layers[1]!.spec).toEqual({ type: 'conv2d', name: 'conv2d_1', filters: 2, kernelSize: 3 });
  });

  test('the reference network: 17 layers, their shapes, parameters in spec order', () => {
    const network = buildNetwork(builtinNetwork('reference'));
    expect(network.layers.map(({ name, outputShape }) => `${name} ${outputShape.join('×')}`)).toEqual([
      'input 28×28×1',
      'zeroPadding2d_1 30×30×1',
      'conv2d_1 28×28×32',
      'relu_1 28×28×32',
      'dropout_1 28×28×32',
      'maxPooling2d_1 14×14×32',
      'zeroPadding2d_2 16×16×32',
      'conv2d_2 14×14×64',
      'relu_2 14×14×64',
      'dropout_2 14×14×64',
      'maxPooling2d_2 7×7×64',
      'flatten_1 3136',
      'dense_1 128',
      'relu_3 128',
      'dropout_3 128',
      'dense_2 10',
      'softmax_1 10',
    ]);
    expect(network.parameters.map(({ name, offset, size }) => [name, offset, size])).toEqual([
      ['conv2d_1/kernel', 0, 288],
      ['conv2d_1/bias', 288, 32],
      ['conv2d_2/kernel', 320, 18_432],
      ['conv2d_2/bias', 18_752, 64],
      ['dense_1/kernel', 18_816, 401_408],
      ['dense_1/bias', 420_224, 128],
      ['dense_2/kernel', 420_352, 1280],
      ['dense_2/bias', 421_632, 10],
    ]);
    expect([network.inputShape, network.outputShape, network.parameterCount]).toEqual([[28, 28, 1], [10], 421_642]);
  });

  test.each<[LayerSpec, number[]]>([
    [{ type: 'zeroPadding2d' }, [10, 8, 3]],
    [{ type: 'zeroPadding2d', padding: 0 }, [8, 6, 3]],
    [{ type: 'zeroPadding2d', padding: [2, 1] }, [12, 8, 3]],
    [
      {
        type: 'zeroPadding2d',
        padding: [
          [1, 0],
          [0, 2],
        ],
      },
      [9, 8, 3],
    ],
    [{ type: 'conv2d', filters: 5, kernelSize: 3 }, [6, 4, 5]],
    [{ type: 'conv2d', filters: 5, kernelSize: [3, 2], strides: [2, 1] }, [3, 5, 5]],
    [{ type: 'conv2d', filters: 1, kernelSize: [8, 6], strides: 4 }, [1, 1, 1]],
    [{ type: 'depthwiseConv2d', kernelSize: 3 }, [6, 4, 3]],
    [{ type: 'depthwiseConv2d', kernelSize: [5, 3], strides: 2, padding: 'same' }, [4, 3, 3]],
    [{ type: 'maxPooling2d' }, [4, 3, 3]],
    [{ type: 'maxPooling2d', poolSize: 3 }, [2, 2, 3]],
    [{ type: 'maxPooling2d', poolSize: 3, strides: 2 }, [3, 2, 3]],
    [{ type: 'maxPooling2d', poolSize: [1, 4], strides: 1 }, [8, 3, 3]],
    [{ type: 'maxPooling2d', padding: 'same' }, [4, 3, 3]],
    [{ type: 'maxPooling2d', poolSize: 3, padding: 'same' }, [3, 2, 3]],
    [{ type: 'maxPooling2d', poolSize: 9, strides: [1, 4], padding: 'same' }, [8, 2, 3]],
    [{ type: 'averagePooling2d' }, [4, 3, 3]],
    [{ type: 'averagePooling2d', poolSize: 3, strides: 2, padding: 'same' }, [4, 3, 3]],
    [{ type: 'globalMaxPooling2d' }, [3]],
    [{ type: 'globalAveragePooling2d' }, [3]],
    [{ type: 'relu' }, [8, 6, 3]],
    [{ type: 'dropout', rate: 0.5 }, [8, 6, 3]],
    [{ type: 'flatten' }, [144]],
    [{ type: 'reshape', shape: [144] }, [144]],
    [{ type: 'reshape', shape: [2, 12, 6] }, [2, 12, 6]],
  ])('%j makes [%j] of [8, 6, 3]', (layer, shape) => {
    expect(buildNetwork([input, layer]).outputShape).toEqual(shape);
  });

  test.each<[string, LayerSpec[], string]>([
    [
      'no input layer',
      [{ type: 'flatten' }],
      'A network begins with a layer of type input that gives the shape of one image, such as {"type": "input", "shape": [28, 28, 1]}.',
    ],
    [
      'no layer at all',
      [],
      'A network begins with a layer of type input that gives the shape of one image, such as {"type": "input", "shape": [28, 28, 1]}.',
    ],
    [
      'two inputs',
      [input, { ...input, name: 'again' }],
      'Layer again is a second input; only the first layer is of type input.',
    ],
    [
      'a name given twice',
      [input, { type: 'relu', name: 'a' }, { type: 'flatten', name: 'a' }],
      'Two layers are called a; give one of them another name.',
    ],
    [
      'a name that another layer has by default',
      [input, { type: 'relu', name: 'relu_2' }, { type: 'relu' }],
      'Two layers are called relu_2; give one of them another name.',
    ],
    [
      'a kernel taller than the picture',
      [input, { type: 'conv2d', filters: 1, kernelSize: [9, 1] }],
      'Layer conv2d_1 (conv2d) needs an input of shape [9 or more, 1 or more, channels], but gets [8, 6, 3].',
    ],
    [
      'a depthwise kernel wider than the picture',
      [input, { type: 'depthwiseConv2d', kernelSize: 7 }],
      'Layer depthwiseConv2d_1 (depthwiseConv2d) needs an input of shape [7 or more, 7 or more, channels], but gets [8, 6, 3].',
    ],
    [
      'a window wider than the picture',
      [input, { type: 'maxPooling2d', name: 'small', poolSize: [1, 7] }],
      'Layer small (maxPooling2d) needs an input of shape [1 or more, 7 or more, channels], but gets [8, 6, 3].',
    ],
    [
      "padding 'same' of a flat vector",
      [input, { type: 'flatten' }, { type: 'maxPooling2d', padding: 'same' }],
      'Layer maxPooling2d_1 (maxPooling2d) needs an input of shape [height, width, channels], but gets [144].',
    ],
    [
      'global pooling of a flat vector',
      [input, { type: 'globalMaxPooling2d' }, { type: 'globalAveragePooling2d' }],
      'Layer globalAveragePooling2d_1 (globalAveragePooling2d) needs an input of shape [height, width, channels], but gets [3].',
    ],
    [
      'concatenation of pictures of different sizes',
      [input, { type: 'maxPooling2d' }, { type: 'concatenate', inputs: ['input', 'maxPooling2d_1'] }],
      'Layer concatenate_1 (concatenate) needs inputs of shape [8, 6, channels] each, but gets [8, 6, 3] from input, [4, 3, 3] from maxPooling2d_1.',
    ],
    [
      'concatenation of a vector and a picture',
      [input, { type: 'flatten' }, { type: 'concatenate', inputs: ['flatten_1', 'input'] }],
      'Layer concatenate_1 (concatenate) needs inputs of shape [features] each, but gets [144] from flatten_1, [8, 6, 3] from input.',
    ],
    [
      'concatenation of one layer',
      [input, { type: 'concatenate' }],
      'Layer concatenate_1 (concatenate) joins several layers, so it needs "inputs" with two names or more.',
    ],
    [
      'a shape with fewer elements',
      [input, { type: 'reshape', shape: [4, 6, 3] }],
      'Layer reshape_1 (reshape) needs an input of shape [4, 6, 3] or another with 72 elements in all, but gets [8, 6, 3].',
    ],
    [
      'a convolution of a flat vector',
      [input, { type: 'flatten' }, { type: 'conv2d', filters: 1, kernelSize: 1 }],
      'Layer conv2d_1 (conv2d) needs an input of shape [1 or more, 1 or more, channels], but gets [144].',
    ],
    [
      'padding of a flat vector',
      [input, { type: 'flatten' }, { type: 'zeroPadding2d' }],
      'Layer zeroPadding2d_1 (zeroPadding2d) needs an input of shape [height, width, channels], but gets [144].',
    ],
    [
      'a dense layer over a picture',
      [input, { type: 'dense', units: 2 }],
      'Layer dense_1 (dense) needs an input of shape [features] (put a flatten layer before it), but gets [8, 6, 3].',
    ],
    [
      'softmax over a picture',
      [input, { type: 'softmax' }],
      'Layer softmax_1 (softmax) needs an input of shape [classes] (put a flatten layer before it), but gets [8, 6, 3].',
    ],
  ])('%s is refused, naming the layer and both shapes', (_, spec, message) => {
    expect(() => buildNetwork(spec)).toThrow(badSpec(message));
  });
});

describe('requireClassifier', () => {
  const ending = (...layers: LayerSpec[]) => buildNetwork([input, { type: 'flatten' }, ...layers]);

  test('takes a network that ends with softmax over the classes', () => {
    expect(() => requireClassifier(ending({ type: 'dense', units: 4, activation: 'softmax' }), 4)).not.toThrow();
  });

  test.each([
    [
      ending({ type: 'dense', units: 4 }),
      'A classifier ends with a softmax layer, but the last layer, dense_1, is of type dense.',
    ],
    [
      ending({ type: 'dense', units: 3, activation: 'softmax' }),
      'Layer softmax_1 has the output shape [3], but the data set has 4 classes: [4].',
    ],
    [
      ending({ type: 'dense', units: 5, activation: 'softmax' }),
      'Layer softmax_1 has the output shape [5], but the data set has 4 classes: [4].',
    ],
  ])('refuses others', (network, message) => {
    expect(() => requireClassifier(network, 4)).toThrow(badSpec(message));
  });
});

describe('a graph', () => {
  const join: LayerSpec[] = [
    input,
    { type: 'conv2d', name: 'a', filters: 2, kernelSize: 1, activation: 'relu' },
    { type: 'conv2d', name: 'b', filters: 2, kernelSize: 1, inputs: ['input'] },
    { type: 'add', inputs: ['a', 'b'] },
  ];
  const readings = ({ layers }: Network) => layers.map(({ name, inputs }) => [name, inputs.map((one) => one.name)]);

  test('in inputs, the name of an entry with an activation means the output of the activation', () => {
    expect(readings(buildNetwork(join))).toEqual([
      ['input', []],
      ['a', ['input']],
      ['relu_1', ['a']],
      ['b', ['input']],
      ['add_1', ['relu_1', 'b']],
    ]);
  });

  test('parameters follow the order of the list, execution that of the graph', () => {
    const network = buildNetwork([
      input,
      { type: 'conv2d', name: 'last', filters: 1, kernelSize: 2, inputs: ['first'] },
      { type: 'conv2d', name: 'first', filters: 2, kernelSize: 1, inputs: ['input'] },
    ]);
    expect(network.parameters.map(({ name, offset }) => [name, offset])).toEqual([
      ['last/kernel', 0],
      ['last/bias', 8],
      ['first/kernel', 9],
      ['first/bias', 15],
    ]);
    expect(network.execution.map(({ name, index }) => [name, index])).toEqual([
      ['input', 0],
      ['first', 2],
      ['last', 1],
    ]);
    expect([network.output.name, network.outputShape]).toEqual(['last', [7, 5, 1]]);
  });

  test('is the same when it is built again from its written-out layers', () => {
    const network = buildNetwork(join);
    const again = buildNetwork(network.layers.map(({ spec }) => spec));
    expect(readings(again)).toEqual(readings(network));
    expect(again.parameters).toEqual(network.parameters);
  });

  test.each<[string, LayerSpec[], string]>([
    [
      'a cycle',
      [input, { type: 'relu', name: 'a', inputs: ['c'] }, { type: 'relu', name: 'b' }, { type: 'relu', name: 'c' }],
      'The layers a, b, c read each other in a cycle.',
    ],
    ['a layer that reads itself', [input, { type: 'relu', inputs: ['relu_1'] }], 'Layer relu_1 reads itself.'],
    [
      'an unknown name',
      [input, { type: 'relu', inputs: ['eyes'] }],
      'Layer relu_1 reads eyes, but no layer is called that.',
    ],
    [
      'several outputs',
      [input, { type: 'relu', name: 'a' }, { type: 'relu', name: 'b', inputs: ['input'] }],
      'No layer reads a, and a network has one output, here b; remove or connect a.',
    ],
    [
      'unused layers',
      [input, { type: 'relu' }, { type: 'flatten' }, { type: 'relu', inputs: ['relu_1'] }],
      'No layer reads flatten_1, and a network has one output, here relu_2; remove or connect flatten_1.',
    ],
    [
      'shapes that differ at a join',
      [...join.slice(0, 2), { type: 'conv2d', name: 'b', filters: 3, kernelSize: 1, inputs: ['input'] }, join[3]!],
      'Layer add_1 (add) needs inputs of shape [8, 6, 2] each, but gets [8, 6, 2] from relu_1, [8, 6, 3] from b.',
    ],
    [
      'a join of one layer',
      [input, { type: 'add', name: 'sum' }],
      'Layer sum (add) joins several layers, so it needs "inputs" with two names or more.',
    ],
    [
      'two inputs for a layer that reads one',
      [...join.slice(0, 3), { type: 'relu', name: 'r', inputs: ['a', 'b'] }],
      'Layer r (relu) reads one layer, but its inputs are relu_1, b.',
    ],
    [
      'an input that reads a layer',
      [{ ...input, inputs: ['relu_1'] }, { type: 'relu' }],
      "Layer input is the network's input, so it cannot read others.",
    ],
  ])('%s is refused', (_, spec, message) => {
    expect(() => buildNetwork(spec)).toThrow(badSpec(message));
  });
});
