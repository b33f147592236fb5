import type { Dataset, LabelledImages } from '../core/data/images.ts';
import { SelvedgeError } from '../core/errors.ts';
import type { ServableModel } from '../core/model/model.ts';
import { shape } from '../views/numbers.ts';

/**
 * Checks that a model can be scored on a data set: pictures of its size, as many classes as it has.
 * @throws SelvedgeError 'bad-data'
 */
export function requireFit(model: ServableModel, { name, classNames, test }: Dataset): void {
  const advice = 'name another data set with --data';
  requirePictures(model, test, `those of ${name}`, advice);
  if (model.classNames.length !== classNames.length) {
    throw new SelvedgeError(
      'bad-data',
      `The model tells ${model.classNames.length} classes apart, but ${name} has ${classNames.length}; ${advice}.`,
    );
  }
}

/**
 * Checks that labelled pictures can be given to a model: of its size, with labels that name its classes.
 * @throws SelvedgeError 'bad-data'
 */
export function requireFittingSet(model: ServableModel, set: LabelledImages): void {
  requirePictures(model, set, 'the given ones', 'convert them first, or take another model');
  const classes = model.classNames.length;
  const index = set.labels.findIndex((label) => label >= classes);
  if (index >= 0) {
    throw new SelvedgeError(
      'bad-data',
      `The model tells ${classes} classes apart, from 0 to ${classes - 1}, but picture ${index} has the label ${set.labels[index]}; give labels that name its classes.`,
    );
  }
}

function requirePictures(
  { network }: ServableModel,
  { height, width, channels }: LabelledImages,
  whose: string,
  advice: string,
): void {
  const [given, expected] = [shape([height, width, channels]), shape(network.inputShape)];
  if (given !== expected) {
    throw new SelvedgeError(
      'bad-data',
      `The model takes pictures of ${expected}, but ${whose} are ${given}; ${advice}.`,
    );
  }
}
