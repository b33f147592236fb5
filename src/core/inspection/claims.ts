import { classes } from './claims/classes.ts';
import { closeness } from './claims/closeness.ts';
import { edges } from './claims/edges.ts';
import { fewUnits } from './claims/fewUnits.ts';
import { pixels } from './claims/pixels.ts';
import { sparseness } from './claims/sparseness.ts';
import type { Claim, InspectionRecord } from './record.ts';

/** The figures from which verdicts follow. */
export type ClaimFigures = Pick<InspectionRecord, 'layers' | 'decisiveUnits' | 'filters'>;

/** What the usual notebook says, each statement with the verdict that the figures give it. */
export function deriveClaims(figures: ClaimFigures): readonly Claim[] {
  return [closeness, sparseness, pixels, classes, fewUnits, edges].map((claim) => claim(figures));
}
