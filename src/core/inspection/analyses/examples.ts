/** What `createExamples` needs of a test set's answers: image, label and predicted class, in order. */
export interface Examples {
  add(image: number, label: number, predicted: number): void;
  /** Whether more images can add nothing. */
  isFull(): boolean;
  /** The images chosen, class by class, the recognised before the mistaken one. */
  chosen(): number[];
}

/**
 * Which test images a report looks at where nobody named any: of each class in turn, the first in the test set that was
 * recognised and the first that was not. A class without one of either gives one image, or none.
 */
export function createExamples(classes: number): Examples {
  const right: (number | undefined)[] = new Array(classes).fill(undefined);
  const wrong: (number | undefined)[] = new Array(classes).fill(undefined);
  const chosen = () => right.flatMap((image, label) => [image, wrong[label]].filter((i) => i !== undefined));
  return {
    add(image, label, predicted) {
      const found = predicted === label ? right : wrong;
      found[label] ??= image;
    },
    isFull: () => chosen().length === 2 * classes,
    chosen,
  };
}
