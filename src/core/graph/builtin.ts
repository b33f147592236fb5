import { SelvedgeError } from '../errors.ts';
import type { LayerSpec } from './spec.ts';

/** The reference job's network: 421,642 parameters. */
const reference: readonly LayerSpec[] = [
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

const networks: ReadonlyMap<string, readonly LayerSpec[]> = new Map([['reference', reference]]);

/** Names that earlier versions recorded. */
const earlierNames: ReadonlyMap<string, string> = new Map([['seed', 'reference']]);

export const builtinNetworkNames: readonly string[] = [...networks.keys()];

/** The present name of a built-in network that a command or a record names; undefined where there is none. */
export function builtinNetworkName(name: string): string | undefined {
  const present = earlierNames.get(name) ?? name;
  return networks.has(present) ? present : undefined;
}

/** @throws SelvedgeError 'bad-option' when there is none of that name */
export function builtinNetwork(name: string): readonly LayerSpec[] {
  const spec = networks.get(builtinNetworkName(name) ?? '');
  if (spec) return spec;
  throw new SelvedgeError(
    'bad-option',
    `There is no built-in network '${name}'; there is ${builtinNetworkNames.join(', ')}, or give the path of a JSON file.`,
  );
}
