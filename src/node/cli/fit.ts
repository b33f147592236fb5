import type { Dataset } from '../../core/data/images.ts';
import { SelvedgeError } from '../../core/errors.ts';
import type { Model } from '../../core/files/modelFile.ts';
import { shape } from '../../views/numbers.ts';

/**
 * Checks that a model can be scored on a data set: pictures of its size, as many classes as it has.
 * @throws SelvedgeError 'bad-data'
 */
export function requireFit({ network, classNames }: Model, data: Dataset): void {
  const { height, width, channels } = data.test;
  const [given, expected] = [shape([height, width, channels]), shape(network.inputShape)];
  if (given !== expected) {
    throw new SelvedgeError(
      'bad-data',
      `The model takes pictures of ${expected}, but those of ${data.name} are ${given}; name another data set with --data.`,
    );
  }
  if (classNames.length !== data.classNames.length) {
    throw new SelvedgeError(
      'bad-data',
      `The model tells ${classNames.length} classes apart, but ${data.name} has ${data.classNames.length}; name another data set with --data.`,
    );
  }
}
