import type { ComparisonVerdict, DifferenceOnImages, DifferenceOverSeeds } from './record.ts';

/** A p-value up to this is significant. */
export const significanceLevel = 0.05;

interface Tested {
  readonly first: string;
  readonly second: string;
  readonly accuracy: DifferenceOverSeeds;
  readonly images: Pick<DifferenceOnImages, 'adjustedPValue'>;
}

/** Whether a difference in accuracy is more than noise, as a word and as a sentence. */
export function judge({ first, second, accuracy, images }: Tested): {
  readonly verdict: ComparisonVerdict;
  readonly sentence: string;
} {
  const [better, worse] = accuracy.value >= 0 ? [first, second] : [second, first];
  const size = `${(Math.abs(accuracy.value) * 100).toFixed(2)} percentage points`;
  const isBetter = `${better} is better than ${worse} by ${size}`;
  const isNoise = `The difference of ${size} between ${first} and ${second} is noise`;
  const onImages = `over test images (${pValueText(images.adjustedPValue)})`;
  const imagesCount = isSignificant(images.adjustedPValue);
  if (accuracy.adjustedPValue === null) {
    if (!imagesCount) return { verdict: 'noise', sentence: `${isNoise} ${onImages}.` };
    const untested = 'a group with one run does not show how much seeds matter: train more seeds of both';
    return { verdict: 'uncertain', sentence: `${isBetter}, more than noise ${onImages}, but ${untested}.` };
  }
  const overSeeds = `over seeds (${pValueText(accuracy.adjustedPValue)})`;
  const seedsCount = isSignificant(accuracy.adjustedPValue);
  if (seedsCount === imagesCount) {
    return seedsCount
      ? { verdict: 'difference', sentence: `${isBetter}, more than noise ${overSeeds} and ${onImages}.` }
      : { verdict: 'noise', sentence: `${isNoise} ${overSeeds} and ${onImages}.` };
  }
  const [beyond, within, what] = seedsCount ? [overSeeds, onImages, 'test images'] : [onImages, overSeeds, 'seeds'];
  const sentence = `${isBetter}, more than noise ${beyond}, but noise ${within}: other ${what} could reverse it.`;
  return { verdict: 'uncertain', sentence };
}

function isSignificant(pValue: number): boolean {
  return pValue <= significanceLevel;
}

/** "p = 0.041", "p < 0.0001". */
export function pValueText(pValue: number): string {
  return pValue < 0.0001 ? 'p < 0.0001' : `p = ${pValue < 0.1 ? pValue.toPrecision(2) : pValue.toFixed(2)}`;
}
