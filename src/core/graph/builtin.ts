import { SelvedgeError } from '../errors.ts';
import type { LayerSpec } from './spec.ts';

/** The reference job's network: 421,642 parameters. */
const seed: readonly LayerSpec[] = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'zeroPadding2d', padding: 1 },
  { type: 'conv2d', filters: 32, kernelSize: 3, activation: 'relu' },
  { type: 'dropout', rate: 0.5 },
  { type: 'maxPooling2d', poolSize: 2 },
  { type: 'zeroPadding2d', padding: 1 },
  { type: 'conv2d', filters: 64, kernelSize: 3, activation: 'relu' },
  { type: 'dropout', rate: 0.5 },
  { type: 'maxPooling2d', poolSize: 2 },
  { type: 'flatten' },
  { type: 'dense', units: 128, activation: 'relu' },
  { type: 'dropout', rate: 0.5 },
  { type: 'dense', units: 10, activation: 'softmax' },
];

const networks: ReadonlyMap<string, readonly LayerSpec[]> = new Map([['seed', seed]]);

export const builtinNetworkNames: readonly string[] = [...networks.keys()];

/** @throws SelvedgeError 'bad-option' when there is none of that name */
export function builtinNetwork(name: string): readonly LayerSpec[] {
  const spec = networks.get(name);
  if (spec) return spec;
  throw new SelvedgeError(
    'bad-option',
    `There is no built-in network '${name}'; there is ${builtinNetworkNames.join(', ')}, or give the path of a JSON file.`,
  );
}
