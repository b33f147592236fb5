import { describe, expect, test } from 'vitest';
import { SelvedgeError } from '../errors.ts';
import { builtinNetwork, builtinNetworkName, builtinNetworkNames } from './builtin.ts';
import { buildNetwork, requireClassifier } from './network.ts';
import { parseNetwork } from './parse.ts';
import { summarise } from './summary.ts';

/** Trainable parameters; all, with moving statistics; multiply-adds per image. */
const sizes: Readonly<Record<string, readonly [number, number, number]>> = {
  reference: [421_642, 421_642, 4_241_152],
  'reference-no-dropout': [421_642, 421_642, 4_241_152],
  'reference-bn': [421_738, 421_930, 4_241_152],
  'reference-bn-narrow': [313_202, 313_346, 2_503_808],
  small: [98_938, 99_418, 2_549_568],
  'air-narrow': [96_810, 97_322, 4_494_880],
  air: [290_218, 291_114, 11_685_152],
  'air-residual': [484_202, 485_546, 15_896_864],
  'resnet-20-narrow': [68_642, 69_426, 7_783_872],
  'resnet-20': [272_186, 273_754, 31_021_952],
  mobile: [59_850, 62_090, 4_680_192],
  'efficientnet-lite0': [701_898, 718_058, 44_683_168],
};

/** Millions of floating-point operations, two for a multiply-add. */
const megaflops: Readonly<Record<string, number>> = {
  reference: 8.5,
  'reference-no-dropout': 8.5,
  'reference-bn': 8.5,
  'reference-bn-narrow': 5.0,
  small: 5.1,
  'air-narrow': 9.0,
  air: 23.4,
  'air-residual': 31.8,
  'resnet-20-narrow': 15.6,
  'resnet-20': 62.0,
  mobile: 9.4,
  'efficientnet-lite0': 89.4,
};

test('there are twelve, and each has its size here', () => {
  expect(builtinNetworkNames).toEqual(Object.keys(sizes));
  expect(builtinNetworkNames).toEqual(Object.keys(megaflops));
});

describe.each(Object.entries(sizes))('%s', (name, [trainable, all, multiplyAdds]) => {
  const spec = builtinNetwork(name);
  const network = buildNetwork(spec);

  test(`${trainable} trainable parameters of ${all}, ${multiplyAdds} multiply-adds: ${megaflops[name]} MFLOP`, () => {
    const ownTrainable = network.parameters.filter((parameter) => parameter.trainable);
    expect(ownTrainable.reduce((sum, { size }) => sum + size, 0)).toBe(trainable);
    expect(network.parameterCount).toBe(all);
    const ownMultiplyAdds = summarise(network).reduce((sum, layer) => sum + layer.multiplyAdds, 0);
    expect(ownMultiplyAdds).toBe(multiplyAdds);
    expect(((2 * ownMultiplyAdds) / 1e6).toFixed(1)).toBe(megaflops[name]!.toFixed(1));
  });

  test('is a classifier of ten classes, and is read as JSON', () => {
    expect(() => requireClassifier(network, 10)).not.toThrow();
    expect(parseNetwork(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });

  test('has no bias in front of a normalisation, where β would take its place', () => {
    const normalizations = network.layers.filter((layer) => layer.spec.type === 'batchNormalization');
    const sources = normalizations
      .map(({ inputs }) => inputs[0]!)
      .map((source) => (source.spec.type === 'maxPooling2d' ? source.inputs[0]! : source));
    expect(sources.filter(({ parameters }) => parameters.map(({ role }) => role).join() !== 'kernel')).toEqual([]);
    expect(normalizations.length > 0).toBe(all > trainable);
  });
});

describe('names', () => {
  test('of earlier versions stand for the present ones', () => {
    expect(builtinNetworkName('seed')).toBe('reference');
    expect(builtinNetwork('seed')).toBe(builtinNetwork('reference'));
    expect(builtinNetworkName('resnet-20')).toBe('resnet-20');
  });

  test('that do not exist are refused, with those that do', () => {
    expect(builtinNetworkName('resnet')).toBeUndefined();
    const message = `There is no built-in network 'resnet'; there is ${Object.keys(sizes).join(', ')}, or give the path of a JSON file.`;
    expect(() => builtinNetwork('resnet')).toThrow(new SelvedgeError('bad-option', message));
  });
});
