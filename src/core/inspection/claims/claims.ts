import type { Claim, InspectionRecord } from '../record.ts';
import { closeness, notMeasured, pixels, sparseness } from './alongDepth.ts';
import { classes } from './classes.ts';
import { edges } from './edges.ts';
import { fewUnits } from './fewUnits.ts';

/** The metrics from which verdicts follow. */
export type ClaimMetrics = Pick<InspectionRecord, 'samples' | 'layers' | 'decisiveUnits' | 'filters'>;

/** No verdict on fewer images: a few that happen to agree have an interval of width 0. */
const fewestImages = 30;

/** Common claims about convolutional networks, each with the verdict that follows from the metrics. */
export function deriveClaims(figures: ClaimMetrics): readonly Claim[] {
  const why = tooFewImages(figures);
  const onImages = [closeness, sparseness, pixels, classes, fewUnits].map((claim) => claim(figures));
  return [...(why ? onImages.map((claim) => ({ ...claim, ...notMeasured(why) })) : onImages), edges(figures)];
}

function tooFewImages({ samples }: ClaimMetrics): string | null {
  if (samples === null) return 'There were no test images.';
  const images = Math.min(samples.testImages, samples.scoreImages, samples.similarityImages);
  if (images >= fewestImages) return null;
  return `A verdict needs at least ${fewestImages} test images, and there ${images === 1 ? 'was 1' : `were ${images}`}.`;
}
