import type { Claim, InspectionRecord } from '../record.ts';
import { closeness, notMeasured, pixels, sparseness } from './alongDepth.ts';
import { classes } from './classes.ts';
import { edges } from './edges.ts';
import { fewUnits } from './fewUnits.ts';

/** The figures from which verdicts follow. */
export type ClaimMetrics = Pick<InspectionRecord, 'samples' | 'layers' | 'decisiveUnits' | 'filters'>;

/** Of fewer images no verdict is given: a few that happen to agree have an interval without any width. */
const fewestImages = 30;

/** What the usual notebook says, each statement with the verdict that the figures give it. */
export function deriveClaims(figures: ClaimMetrics): readonly Claim[] {
  const why = tooFewImages(figures);
  const onImages = [closeness, sparseness, pixels, classes, fewUnits].map((claim) => claim(figures));
  return [...(why ? onImages.map((claim) => ({ ...claim, ...notMeasured(why) })) : onImages), edges(figures)];
}

function tooFewImages({ samples }: ClaimMetrics): string | null {
  if (samples === null) return 'There were no test images to measure it on.';
  const images = Math.min(samples.testImages, samples.scoreImages, samples.similarityImages);
  if (images >= fewestImages) return null;
  return `A verdict takes at least ${fewestImages} test images, and there ${images === 1 ? 'was 1' : `were ${images}`}.`;
}
