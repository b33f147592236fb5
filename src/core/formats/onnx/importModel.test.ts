import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LayerSpec } from '../../graph/spec.ts';
import { createGraphBuilder, decimal, type GraphBuilder, integers, whole } from './graphBuilder.ts';
import { type ImportOptions, readOnnx } from './importModel.ts';
import { type AttributeProto, decodeModel, encodeModel, type ModelProto, type TensorProto } from './messages.ts';

const numbers = (count: number, from = 0) => Float32Array.from({ length: count }, (_, i) => (i + from) / 16);
const text = (name: string, value: string): AttributeProto => ({ name, s: new TextEncoder().encode(value), type: 3 });
const float = 1;

interface Made {
  /** Adds nodes; `end` is the name of the graph's output. */
  readonly nodes: (graph: GraphBuilder) => void;
  readonly dims?: readonly number[];
  readonly batch?: number;
  readonly elemType?: number;
  readonly opset?: number;
  readonly change?: (model: ModelProto) => ModelProto;
}

/** An ONNX file as another program writes it: an input `x` of [N, …dims], by default pictures [N, 2, 4, 4], and an output `end`. */
function made({ nodes, dims = [2, 4, 4], batch, elemType = float, opset = 17, change = (model) => model }: Made) {
  const graph = createGraphBuilder();
  nodes(graph);
  const dim = [
    batch === undefined ? { dimParam: 'N' } : { dimValue: batch },
    ...dims.map((dimValue) => ({ dimValue })),
  ];
  const model: ModelProto = {
    irVersion: 8,
    producerName: 'another program',
    graph: {
      node: graph.nodes,
      initializer: graph.initializers,
      input: [{ name: 'x', type: { tensorType: { elemType, shape: { dim } } } }],
      output: [{ name: 'end' }],
    },
    opsetImport: [{ domain: '', version: opset }],
  };
  return encodeModel(change(model));
}

/** A graph that goes on with global pooling, and ends with two classes. */
const pooled =
  (nodes: (graph: GraphBuilder) => string, channels = 2) =>
  (graph: GraphBuilder) => {
    const pool = graph.node('GlobalAveragePool', [nodes(graph)], 'pool');
    classified(graph.node('Flatten', [pool], 'flat'), channels)(graph);
  };
const classified = (from: string, features: number) => (graph: GraphBuilder) => {
  const weights = graph.floats('w', [features, 2], numbers(features * 2));
  graph.node('Softmax', [graph.node('Gemm', [from, weights], 'scores')], 'end', [whole('axis', -1)]);
};
const kernel = (graph: GraphBuilder, K: number, C: number, R = 3) =>
  graph.floats('k', [K, C, R, R], numbers(K * C * R * R));

/** The layers without their names, but for what joins several. */
function layersOf(file: Uint8Array, options?: ImportOptions): object[] {
  return readOnnx(file, 'm.onnx', options).model.network.spec.map(
    ({ name: _, inputs: __, ...rest }: LayerSpec) => rest,
  );
}
const same = { padding: 'same' } as const;
const conv = { type: 'conv2d', filters: 2, kernelSize: 3, strides: 1, useBias: false } as const;
const ending = [{ type: 'globalAveragePooling2d' }, { type: 'dense', units: 2 }, { type: 'softmax' }];
const picture = { type: 'input', shape: [4, 4, 2] };

describe('a file of another program', () => {
  const read: Readonly<Record<string, readonly [made: Made, layers: object[]]>> = {
    'convolution with symmetric padding: same': [
      { nodes: pooled((g) => g.node('Conv', ['x', kernel(g, 2, 2)], 'c', [integers('pads', [1, 1, 1, 1])])) },
      [picture, { ...conv, ...same }, ...ending],
    ],
    'with SAME_UPPER: same': [
      {
        nodes: pooled((g) =>
          g.node('Conv', ['x', kernel(g, 2, 2)], 'c', [text('auto_pad', 'SAME_UPPER'), integers('strides', [2, 2])]),
        ),
      },
      [picture, { ...conv, strides: 2, ...same }, ...ending],
    ],
    'with SAME_LOWER: zeros before, and none after': [
      {
        nodes: pooled((g) =>
          g.node('Conv', ['x', kernel(g, 2, 2)], 'c', [text('auto_pad', 'SAME_LOWER'), integers('strides', [2, 2])]),
        ),
      },
      [
        picture,
        {
          type: 'zeroPadding2d',
          padding: [
            [1, 0],
            [1, 0],
          ],
        },
        { ...conv, strides: 2 },
        ...ending,
      ],
    ],
    'with symmetric padding at stride 2: zeros on all sides': [
      {
        nodes: pooled((g) =>
          g.node('Conv', ['x', kernel(g, 2, 2)], 'c', [integers('pads', [1, 1, 1, 1]), integers('strides', [2, 2])]),
        ),
      },
      [
        picture,
        {
          type: 'zeroPadding2d',
          padding: [
            [1, 1],
            [1, 1],
          ],
        },
        { ...conv, strides: 2 },
        ...ending,
      ],
    ],
    'a bias in a node of its own': [
      {
        nodes: pooled((g) => {
          const c = g.node('Conv', ['x', kernel(g, 2, 2)], 'c');
          return g.node('Add', [g.floats('b', [1, 2, 1, 1], numbers(2)), c], 'biased');
        }),
      },
      [picture, { type: 'conv2d', filters: 2, kernelSize: 3, strides: 1 }, ...ending],
    ],
    'a group for each channel: depthwise': [
      {
        nodes: pooled((g) => g.node('Conv', ['x', g.floats('k', [2, 1, 3, 1], numbers(6))], 'c', [whole('group', 2)])),
      },
      [picture, { type: 'depthwiseConv2d', kernelSize: [3, 1], strides: 1, useBias: false }, ...ending],
    ],
    'limits 0 and 6: relu6; 0 and none: relu': [
      {
        nodes: pooled((g) => {
          const six = g.node('Clip', ['x', g.scalar(0), g.scalar(6)], 'six');
          return g.node('Clip', [six, g.scalar(0)], 'none');
        }),
      },
      [picture, { type: 'relu6' }, { type: 'relu' }, ...ending],
    ],
    'the means over height and width, as an attribute': [
      {
        opset: 13,
        nodes: (g) =>
          classified(g.node('ReduceMean', ['x'], 'm', [integers('axes', [-1, 2]), whole('keepdims', 0)]), 2)(g),
      },
      [picture, ...ending],
    ],
    'pictures with the channels last': [
      {
        dims: [4, 4, 2],
        nodes: pooled((g) => {
          const padded = g.node('Pad', ['x', g.integers('p', [0, 1, 0, 0, 0, 1, 0, 0])], 'padded');
          return g.node('Transpose', [padded], 't', [integers('perm', [0, 3, 1, 2])]);
        }),
      },
      [
        picture,
        {
          type: 'zeroPadding2d',
          padding: [
            [1, 1],
            [0, 0],
          ],
        },
        ...ending,
      ],
    ],
    'padding along named axes': [
      { nodes: pooled((g) => g.node('Pad', ['x', g.integers('p', [1, 0]), '', g.integers('a', [-2])], 'padded')) },
      [
        picture,
        {
          type: 'zeroPadding2d',
          padding: [
            [1, 0],
            [0, 0],
          ],
        },
        ...ending,
      ],
    ],
    'maxima over zeros, where no value is below 0': [
      {
        nodes: pooled((g) =>
          g.node('MaxPool', [g.node('Relu', ['x'], 'r')], 'm', [
            integers('kernel_shape', [2, 2]),
            integers('pads', [1, 1, 0, 0]),
          ]),
        ),
      },
      [
        picture,
        { type: 'relu' },
        {
          type: 'zeroPadding2d',
          padding: [
            [1, 0],
            [1, 0],
          ],
        },
        { type: 'maxPooling2d', poolSize: 2, strides: 1 },
        ...ending,
      ],
    ],
    'means that count zeros of the padding': [
      {
        nodes: pooled((g) =>
          g.node('AveragePool', ['x'], 'm', [
            integers('kernel_shape', [3, 3]),
            integers('pads', [1, 1, 1, 1]),
            whole('count_include_pad', 1),
          ]),
        ),
      },
      [
        picture,
        {
          type: 'zeroPadding2d',
          padding: [
            [1, 1],
            [1, 1],
          ],
        },
        { type: 'averagePooling2d', poolSize: 3, strides: 1 },
        ...ending,
      ],
    ],
    'three values added, dropout, logits': [
      {
        nodes: (g) => {
          g.node('Sum', ['x', 'x', 'x'], 's');
          g.node('Dropout', ['s', g.floats('ratio', [], Float32Array.of(0.3))], 'd');
          g.node('Flatten', ['d'], 'f');
          g.node('Gemm', ['f', g.floats('w', [2, 32], numbers(64)), g.floats('b', [2], numbers(2))], 'end', [
            whole('transB', 1),
          ]);
        },
      },
      [
        picture,
        { type: 'add' },
        { type: 'dropout', rate: 0.3 },
        { type: 'flatten' },
        { type: 'dense', units: 2 },
        { type: 'softmax' },
      ],
    ],
    'a batch of fixed size, in a shape': [
      {
        batch: 3,
        nodes: (g) => classified(g.node('Reshape', ['x', g.integers('s', [3, -1])], 'f'), 32)(g),
      },
      [picture, { type: 'flatten' }, { type: 'dense', units: 2 }, { type: 'softmax' }],
    ],
    'a vector as a picture': [
      {
        dims: [8],
        nodes: pooled((g) => g.node('Relu', [g.node('Reshape', ['x', g.integers('s', [-1, 1, 4, 2])], 'p')], 'r'), 1),
      },
      [{ type: 'input', shape: [8] }, { type: 'relu' }, { type: 'reshape', shape: [4, 2, 1] }, ...ending],
    ],
    'normalisation of a flattened picture': [
      {
        nodes: (g) => {
          const f = g.node('Flatten', ['x'], 'f');
          const each = (name: string) => g.floats(name, [32], numbers(32, 1));
          classified(
            g.node('BatchNormalization', [f, each('g'), each('b'), each('m'), each('v')], 'n', [
              decimal('epsilon', 0.01),
            ]),
            32,
          )(g);
        },
      },
      [
        picture,
        { type: 'flatten' },
        { type: 'batchNormalization', epsilon: 0.01 },
        { type: 'dense', units: 2 },
        { type: 'softmax' },
      ],
    ],
  };
  test.each(Object.entries(read))('%s', (_, [given, layers]) => {
    expect(layersOf(made(given))).toEqual(layers);
  });

  const rows = numbers(64);
  const flattened: Made = {
    nodes: (g) => classified(g.node('Flatten', ['x'], 'f'), 32)(g),
    change: (model) => model,
  };
  test('has the rows of a dense layer after flattened channels in this program’s order', () => {
    const { network, parameters } = readOnnx(made(flattened), 'm').model;
    const { offset } = network.parameters.find(({ role }) => role === 'kernel')!;
    // Position 1, channel 1: value 3 here, 17 there.
    expect(parameters.subarray(offset + 6, offset + 8)).toEqual(rows.subarray(34, 36));
  });

  test('may scale its input: the scale becomes the preprocessing', () => {
    const scaled = (factor: number): Made => ({
      elemType: 2,
      nodes: pooled((g) => g.node('Mul', [g.node('Cast', ['x'], 'c', [whole('to', 1)]), g.scalar(factor)], 's')),
    });
    expect(readOnnx(made(scaled(1 / 255)), 'm').model.preprocessing.divideBy).toBe(255);
    expect(readOnnx(made(scaled(0.5)), 'm').model.preprocessing.divideBy).toBe(2);
    expect(readOnnx(made(scaled(0.5)), 'm', { divideBy: 3 }).model.preprocessing.divideBy).toBe(6);
  });

  test('takes a mean and a deviation as a normalisation of the input', () => {
    const options = { mean: [0.5, 0.25], std: [2] };
    const { network, parameters } = readOnnx(made({ nodes: pooled(() => 'x') }), 'm', options).model;
    expect(network.layers[1]!.spec).toMatchObject({
      type: 'batchNormalization',
      trainable: false,
      scale: false,
      center: false,
    });
    expect(parameters.slice(0, 4)).toEqual(Float32Array.of(0.5, 0.25, 4, 4));
  });

  test('has its classes named by the option, or by numbers', () => {
    const file = made({ nodes: pooled(() => 'x') });
    expect(readOnnx(file, 'm', { classNames: ['a', 'b'] }).model.classNames).toEqual(['a', 'b']);
    expect(readOnnx(file, 'm').model.classNames).toEqual(['0', '1']);
  });

  test.each([
    [
      'class names',
      { classNames: ['a'] },
      '--class-names has 1 names, but the network has 2 outputs; name each of them once.',
    ],
    ['means', { mean: [1, 2, 3] }, '--mean has 3 numbers, but the pictures have 2 channels; give one, or 2.'],
  ])('is refused with too few or too many %s', (_, options, message) => {
    expect(() => readOnnx(made({ nodes: pooled(() => 'x') }), 'm', options)).toThrow(
      expect.objectContaining({ code: 'bad-option', message }),
    );
  });
});

describe('a file is refused in one sentence', () => {
  const external = (tensor: TensorProto): TensorProto => {
    const { rawData: _, ...rest } = tensor;
    return { ...rest, dataLocation: 1, externalData: [{ key: 'location', value: '../../secret' }] };
  };
  const withGraph = (change: (graph: NonNullable<ModelProto['graph']>) => ModelProto['graph']): Made => ({
    nodes: pooled((g) => g.node('Conv', ['x', kernel(g, 2, 2)], 'c')),
    change: (model) => ({ ...model, graph: change(model.graph!) }),
  });
  const one = (opType: string, attributes: AttributeProto[] = []): Made => ({
    nodes: pooled((g) => g.node(opType, ['x'], 'n', attributes)),
  });
  const window = integers('kernel_shape', [2, 2]);
  const refused: Readonly<Record<string, readonly [made: Made, what: string]>> = {
    'an unknown operator': [one('Einsum'), 'node n/Einsum (Einsum): no layer stands for this operator'],
    'an operator of another domain': [
      withGraph((graph) => ({ ...graph, node: graph.node!.map((node) => ({ ...node, domain: 'com.microsoft' })) })),
      'node c/Conv (Conv): its operator belongs to com.microsoft, of which nothing is read',
    ],
    'a loop': [one('Loop'), 'node n/Loop (Loop): no layer stands for this operator'],
    'an unknown attribute': [one('Relu', [whole('leak', 1)]), 'node n/Relu (Relu): its attribute leak is not known'],
    'values in another file': [
      withGraph((graph) => ({ ...graph, initializer: graph.initializer!.map(external) })),
      'initializer k has its values in another file; save the model as one file, without external data',
    ],
    'a tensor of gigabytes that the file does not hold': [
      withGraph((graph) => ({
        ...graph,
        initializer: graph.initializer!.map((t) => ({ ...t, dims: [65536, 65536, 3, 3] })),
      })),
      'initializer k has the shape [65536, 65536, 3, 3], but the file holds 36 values of it',
    ],
    'a negative size': [
      withGraph((graph) => ({
        ...graph,
        initializer: graph.initializer!.map((t) => ({ ...t, dims: [-2, -2, 3, 3] })),
      })),
      'initializer k has the invalid shape [-2, -2, 3, 3]',
    ],
    'float16 weights': [
      withGraph((graph) => ({ ...graph, initializer: graph.initializer!.map((t) => ({ ...t, dataType: 10 })) })),
      'initializer k is of the data type float16; only float32 networks can be read',
    ],
    'a cycle': [
      withGraph((graph) => ({
        ...graph,
        node: graph.node!.map((node, i) => (i === 0 ? { ...node, input: ['flat', 'k'] } : node)),
      })),
      'node c/Conv (Conv): it reads flat, which no node before it puts out; the graph has a cycle or its nodes are not in order',
    ],
    'two inputs': [
      withGraph((graph) => ({ ...graph, input: [...graph.input!, { name: 'mask' }] })),
      'its graph has 2 inputs, but a network has one',
    ],
    'two outputs': [
      withGraph((graph) => ({ ...graph, output: [...graph.output!, { name: 'c' }] })),
      'its graph has 2 outputs, but a network has one',
    ],
    'an output that no node has': [
      withGraph((graph) => ({ ...graph, output: [{ name: 'nowhere' }] })),
      "no node puts out nowhere, the graph's output",
    ],
    'no graph': [
      { nodes: () => {}, change: ({ graph: _, ...model }) => model },
      'it is not an ONNX file, for it has no graph',
    ],
    'operators of the future': [
      { nodes: () => {}, opset: 99 },
      'it uses version 99 of the operators; versions 11 to 26 are read',
    ],
    'a picture of no fixed size': [
      { dims: [2, 0, 4], nodes: pooled(() => 'x') },
      'its input x has the shape [N, 2, 0, 4]; pictures need a fixed height, width and number of channels',
    ],
    'a picture of absurd size': [
      { dims: [2, 10_000_000, 10_000_000], nodes: pooled((g) => g.node('Relu', ['x'], 'r')) },
      'The network needs',
    ],
    'text for an input': [
      { elemType: 8, nodes: pooled(() => 'x') },
      'its input x is of the data type string, not float32 or uint8',
    ],
    'a volume': [
      { dims: [2, 4, 4, 4], nodes: pooled(() => 'x') },
      'its input x has the shape [N, 2, 4, 4, 4]; pictures need',
    ],
    'groups of channels': [
      { dims: [4, 4, 4], nodes: pooled((g) => g.node('Conv', ['x', kernel(g, 4, 2)], 'c', [whole('group', 2)]), 4) },
      "node c/Conv (Conv): its kernel [4, 2, 3, 3] in 2 groups does not fit 4 channels, or is no layer's",
    ],
    'a kernel for other channels': [
      { nodes: pooled((g) => g.node('Conv', ['x', kernel(g, 2, 5)], 'c')) },
      "node c/Conv (Conv): its kernel [2, 5, 3, 3] in 1 groups does not fit 2 channels, or is no layer's",
    ],
    'gaps in a window': [
      { nodes: pooled((g) => g.node('Conv', ['x', kernel(g, 2, 2)], 'c', [integers('dilations', [2, 2])])) },
      'node c/Conv (Conv): its window has gaps (dilations)',
    ],
    'a kernel larger than the picture': [
      { nodes: pooled((g) => g.node('Conv', ['x', kernel(g, 2, 2, 5)], 'c')) },
      'node c/Conv (Conv): it reads [4, 4, 2], but needs [5 or more, 5 or more, channels]',
    ],
    'strides of 0': [
      one('MaxPool', [window, integers('strides', [0, 0])]),
      'node n/MaxPool (MaxPool): its strides are [0, 0], not height and width',
    ],
    'windows past the end': [
      one('MaxPool', [integers('kernel_shape', [3, 3]), integers('strides', [2, 2]), whole('ceil_mode', 1)]),
      'node n/MaxPool (MaxPool): its windows reach past the end of the picture (ceil_mode)',
    ],
    'maxima over padding of values below 0': [
      one('MaxPool', [window, integers('pads', [1, 1, 0, 0])]),
      "node n/MaxPool (MaxPool): its padding [1, 1, 0, 0] is neither none nor TensorFlow's 'same', and zeros are no substitute",
    ],
    'padding by reflection': [
      {
        nodes: pooled((g) =>
          g.node('Pad', ['x', g.integers('p', [0, 0, 1, 1, 0, 0, 1, 1])], 'p', [text('mode', 'reflect')]),
        ),
      },
      'node p/Pad (Pad): it pads with other values than zeros',
    ],
    'limits that are no layer’s': [
      { nodes: pooled((g) => g.node('Clip', ['x', g.scalar(0), g.scalar(4)], 'c')) },
      'node c/Clip (Clip): it limits values to 0 and 4',
    ],
    'a constant that is added to pictures': [
      { nodes: pooled((g) => g.node('Add', ['x', g.floats('b', [1, 2, 1, 1], numbers(2, 1))], 'a')) },
      'node a/Add (Add): it adds a constant, which no layer does but as the bias of a convolution or dense layer before it',
    ],
    'a product of values': [
      { nodes: pooled((g) => g.node('Mul', ['x', 'x'], 'p')) },
      'node p/Mul (Mul): its input 1 is computed, but should be a constant',
    ],
    'a division within the network': [
      { nodes: pooled((g) => g.node('Div', [g.node('Relu', ['x'], 'r'), g.scalar(2)], 'd')) },
      'node pool/GlobalAveragePool (GlobalAveragePool): it reads values that were divided by 2, which no layer does',
    ],
    'a temperature without metadata': [
      {
        nodes: (g) => {
          const scores = g.node('Gemm', [g.node('Flatten', ['x'], 'f'), g.floats('w', [32, 2], rowsOf(64))], 's');
          g.node('Softmax', [g.node('Div', [scores, g.scalar(2)], 'd')], 'end');
        },
      },
      'its graph divides the logits by 2, but its metadata has no temperature',
    ],
    'channels that are moved elsewhere': [
      { nodes: pooled((g) => g.node('Transpose', ['x'], 't', [integers('perm', [0, 2, 1, 3])])) },
      'node pool/GlobalAveragePool (GlobalAveragePool): it reads values [N, 4, 2, 4] that are no pictures [N, channels, height, width]',
    ],
    'a transposed batch': [
      one('Transpose', [integers('perm', [1, 0, 2, 3])]),
      'node n/Transpose (Transpose): it works along axis 0 of 4, which is the batch or none',
    ],
    'a shape of another size': [
      { nodes: pooled((g) => g.node('Reshape', ['x', g.integers('s', [0, 3, 4, 4])], 'r')) },
      'node r/Reshape (Reshape): it turns values [2, 4, 4] into [3, 4, 4], which has another size',
    ],
    'weights for another number of values': [
      { nodes: classified('x', 9), dims: [8] },
      'node scores/Gemm (Gemm): it reads 8 values, but its weights are for 9',
    ],
    'no classes': [
      { nodes: (g) => void g.node('Relu', ['x'], 'end') },
      'its output has the shape [N, 2, 4, 4], not [N, classes]',
    ],
    'a list of numbers that grows': [
      { nodes: pooled((g) => g.node('Pad', ['x', g.node('ConstantOfShape', [g.integers('s', [1e9])], 'many')], 'p')) },
      'node many/ConstantOfShape (ConstantOfShape): it makes 1000000000 values',
    ],
    'thousands of nodes': [
      {
        nodes: (g) => {
          let x = 'x';
          for (let i = 0; i < 4097; i++) x = g.node('Relu', [x], `r${i}`);
        },
      },
      'its graph has 4097 nodes, more than 4096',
    ],
  };
  test.each(Object.entries(refused))('%s', (_, [given, what]) => {
    let message = 'read';
    try {
      readOnnx(made(given), 'a/m.onnx');
    } catch (error) {
      expect(error).toMatchObject({ name: 'SelvedgeError', code: 'bad-model' });
      ({ message } = error as Error);
    }
    expect(message).toContain(`a/m.onnx cannot be imported: ${what}`);
    expect(message).toMatch(/^[^\n]+\.$/);
  });
});

function rowsOf(count: number): Float32Array {
  return numbers(count);
}

describe('whatever a file holds, it is a model or refused with bad-model', () => {
  const file = made({
    nodes: (g) => {
      const c = g.node('Conv', ['x', kernel(g, 2, 2)], 'c', [
        integers('pads', [1, 1, 1, 1]),
        integers('strides', [1, 1]),
      ]);
      const t = g.node('Transpose', [g.node('Relu', [c], 'r')], 't', [integers('perm', [0, 2, 3, 1])]);
      const start = g.node(
        'Slice',
        [g.node('Shape', [t], 'shape'), g.integers('from', [0]), g.integers('to', [1])],
        'n',
      );
      const shape = g.node('Concat', [start, g.integers('rest', [32])], 'all', [whole('axis', 0)]);
      classified(g.node('Reshape', [t, shape], 'f'), 32)(g);
    },
  });
  const tried = (bytes: Uint8Array): void => {
    try {
      readOnnx(bytes, 'x');
    } catch (error) {
      expect(error).toMatchObject({ name: 'SelvedgeError', code: 'bad-model' });
      expect((error as Error).message).toMatch(/^x cannot be imported: .+\.$/s);
    }
  };

  test('the file that is changed is a model', () => {
    expect(layersOf(file)).toHaveLength(6);
  });

  test('cut short anywhere', () => {
    for (let length = 0; length < file.length; length++) tried(file.slice(0, length));
  });

  test('any bytes, 3,000 times', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), tried), { seed: 3, numRuns: 3000 });
  });

  test('a few bytes changed, 5,000 times', () => {
    const changes = fc.array(fc.tuple(fc.nat({ max: file.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(changes, (list) => {
        const mutated = file.slice();
        for (const [at, value] of list) mutated[at] = value;
        tried(mutated);
      }),
      { seed: 4, numRuns: 5000 },
    );
  });

  test('nodes with other operators, inputs and attributes, 5,000 times', () => {
    const model = decodeModel(file);
    const names = ['x', 'c', 'r', 't', 'shape', 'n', 'all', 'k', 'w', 'rest', 'from', '', 'end', 'scores'];
    const operators = [
      ...[
        'Add',
        'Sum',
        'Concat',
        'Conv',
        'MaxPool',
        'Gemm',
        'MatMul',
        'Reshape',
        'Slice',
        'Gather',
        'Pad',
        'Squeeze',
        'Unsqueeze',
      ],
      ...[
        'Flatten',
        'Transpose',
        'Clip',
        'Dropout',
        'ReduceMean',
        'BatchNormalization',
        'Constant',
        'ConstantOfShape',
        'Cast',
        'Mul',
        'Div',
      ],
    ];
    const attribute = fc.record({
      name: fc.constantFrom(
        'axis',
        'axes',
        'pads',
        'perm',
        'kernel_shape',
        'strides',
        'value',
        'value_ints',
        'to',
        'group',
        'alpha',
      ),
      i: fc.integer({ min: -3, max: 5 }),
      ints: fc.array(fc.integer({ min: -3, max: 5 }), { maxLength: 5 }),
    });
    const change = fc.record(
      {
        at: fc.nat({ max: model.graph!.node!.length - 1 }),
        opType: fc.constantFrom(...operators),
        input: fc.array(fc.constantFrom(...names), { maxLength: 5 }),
        attribute: fc.array(attribute, { maxLength: 3 }),
      },
      { requiredKeys: ['at'] },
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (list) => {
        const node = [...model.graph!.node!];
        for (const { at, ...rest } of list) node[at] = { ...node[at]!, ...rest };
        tried(encodeModel({ ...model, graph: { ...model.graph!, node } }));
      }),
      { seed: 5, numRuns: 5000 },
    );
  });
});
