import { expect, test } from 'vitest';
import { builtinNetwork } from '../graph/builtin.ts';
import { buildNetwork } from '../graph/network.ts';
import { epochCosts, imageShapeIn, networkFor } from './imageSizes.ts';

test('sizes come smallest first, each for its epochs, and then the full size', () => {
  const sides = [1, 2, 3, 4, 5, 6, 100].map((epoch) => imageShapeIn(epoch, { 100: 1, 24: 2, 20: 1 }, [200, 200, 3])[0]);
  expect(sides).toEqual([20, 24, 24, 100, 200, 200, 200]);
  expect(imageShapeIn(1, {}, [28, 28, 1])).toEqual([28, 28, 1]);
});

test('a size is the shorter side; the longer one keeps the ratio, rounded', () => {
  expect(imageShapeIn(1, { 20: 1 }, [28, 41, 3])).toEqual([20, 29, 3]);
  expect(imageShapeIn(1, { 20: 1 }, [41, 28, 3])).toEqual([29, 20, 3]);
});

test('every built-in network with global pooling keeps its parameters at half the size', () => {
  for (const name of [
    'small',
    'air',
    'air-residual',
    'resnet-20',
    'resnet-20-narrow',
    'mobile',
    'efficientnet-lite0',
  ]) {
    const network = buildNetwork(builtinNetwork(name as 'small'));
    const [H, W, C] = network.inputShape as [number, number, number];
    const { inputShape, parameters } = networkFor(network, [H / 2, W / 2, C]);
    expect(inputShape).toEqual([H / 2, W / 2, C]);
    expect(parameters).toEqual(network.parameters);
  }
});

test('epochs cost what their networks compute: about a quarter at half the size', () => {
  const costs = epochCosts(buildNetwork(builtinNetwork('resnet-20')), { 14: 2 }, 4);
  expect(costs).toHaveLength(4);
  expect([costs[1], costs[3]]).toEqual([costs[0], costs[2]]);
  expect(costs[0]! / costs[2]!).toBeCloseTo(0.25, 1);
});
