import type { Shape } from '../graph/shape.ts';

/** What happens to a picture and its label before the network sees them; recorded with every model. */
export interface Preprocessing {
  /** Every 8-bit value is divided by this. */
  readonly divideBy: 255;
  /** Shape of one image. */
  readonly reshape: Shape;
  readonly labels: 'oneHot';
}

/** Pixels to [0, 1], pictures to [H, W, C], labels to one-hot rows. */
export function preprocessingFor(inputShape: Shape): Preprocessing {
  return { divideBy: 255, reshape: inputShape, labels: 'oneHot' };
}
