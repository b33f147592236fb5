import { z } from 'zod';
import { buildNetwork } from '../graph/network.ts';
import { parseNetwork } from '../graph/parse.ts';
import type { Backbone } from '../transfer/backbone.ts';
import { findWeights, joinWeights } from './modelFile.ts';
import { readSelvedgeFile } from './safetensors.ts';

/**
 * Reads a backbone: a safetensors file with the arrays of a network whose output are the features. Kernels may be float16.
 * @throws SelvedgeError 'bad-model' naming the file and what is wrong with it
 */
export function readBackbone(bytes: Uint8Array, file: string): Backbone {
  const read = readSelvedgeFile(bytes, file, 'backbone', 1);
  const network = read.parsed('spec', (value) => buildNetwork(parseNetwork(value)));
  const { divideBy } = read.parsed('preprocessing', (value) =>
    z.object({ divideBy: z.number().positive() }).parse(value),
  );
  const name = read.metadata['name'] ?? read.fail('its metadata lacks a name');
  return { name, network, divideBy, parameters: joinWeights(network, findWeights(read, network, '')) };
}
