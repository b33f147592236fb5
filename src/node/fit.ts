import { fitImages } from '../core/data/fitPicture.ts';
import type { Dataset, LabelledImages } from '../core/data/images.ts';
import { selectClasses } from '../core/data/selectClasses.ts';
import { SelvedgeError } from '../core/errors.ts';
import type { ServableModel } from '../core/model/model.ts';
import { shape } from '../views/numbers.ts';

/**
 * A data set as a model takes it: of its classes, where the data set has these among others, and with pictures as it takes them.
 * @throws SelvedgeError 'bad-data' where the pictures are of another size, or the classes others
 */
export function fitData<D extends Dataset>(model: ServableModel, whole: D): D {
  const isPart = model.classNames.every((name) => whole.classNames.includes(name));
  const data = isPart ? selectClasses(whole, model.classNames) : whole;
  const { preprocessing } = model;
  if (preprocessing.pictures && !isPart) {
    throw new SelvedgeError(
      'bad-data',
      `The model tells ${model.classNames.join(', ')} apart, but ${whole.name} has other classes (${whole.classNames.join(', ')}); name another data set with --data.`,
    );
  }
  const fitted = { ...data, train: fitImages(data.train, preprocessing), test: fitImages(data.test, preprocessing) };
  requireFit(model, fitted);
  return fitted;
}

function requireFit(model: ServableModel, { name, classNames, test }: Dataset): void {
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
