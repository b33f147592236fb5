import { expect, test } from 'vitest';
import { initialParameters } from '../../graph/initialise.ts';
import { buildNetwork } from '../../graph/network.ts';
import { cascade } from './sanity.ts';

const network = buildNetwork([
  { type: 'input', shape: [4, 4, 1] },
  { type: 'conv2d', filters: 2, kernelSize: 3, activation: 'relu' },
  { type: 'flatten' },
  { type: 'dense', units: 5, activation: 'relu' },
  { type: 'dense', units: 3, activation: 'softmax' },
]);
const trained = initialParameters(network, 3).map((value) => value + 1);

/** The layers of which a parameter differs from the trained ones. */
const changedLayers = (values: Float32Array) =>
  network.layers
    .filter(({ parameters }) =>
      parameters.some(({ offset, size }) =>
        trained.subarray(offset, offset + size).some((v, i) => v !== values[offset + i]),
      ),
    )
    .map(({ name }) => name);

test('layers get random weights from the last to the first, and keep them at the levels that follow', () => {
  const before = trained.slice();
  const levels = cascade(network, trained, 3);
  expect(levels.map(({ downTo }) => downTo)).toEqual(['dense_2', 'dense_1', 'conv2d_1']);
  expect(levels.map(({ parameters }) => changedLayers(parameters))).toEqual([
    ['dense_2'],
    ['dense_1', 'dense_2'],
    ['conv2d_1', 'dense_1', 'dense_2'],
  ]);
  const last = network.parameters.find(({ name }) => name === 'dense_2/kernel')!;
  const ofLast = levels.map(({ parameters }) => parameters.slice(last.offset, last.offset + last.size));
  expect(ofLast[1]).toEqual(ofLast[0]);
  expect(ofLast[2]).toEqual(ofLast[0]);
  expect(trained).toEqual(before);
});

test('the same seed gives the same random weights, other than the initial weights of a training with this seed', () => {
  const [of3, of4] = [3, 4].map((seed) => cascade(network, trained, seed).at(-1)!.parameters);
  expect(cascade(network, trained, 3).at(-1)!.parameters).toEqual(of3);
  expect(of3).not.toEqual(of4);
  expect(of3).not.toEqual(initialParameters(network, 3));
});

test('a first layer that began from the data gets random weights, too', () => {
  const whitened = buildNetwork(
    network.spec.map((layer) =>
      layer.type === 'conv2d' ? { ...layer, kernelInitializer: 'patchWhitening' as const } : layer,
    ),
  );
  expect(cascade(whitened, trained, 3)).toEqual(cascade(network, trained, 3));
});
