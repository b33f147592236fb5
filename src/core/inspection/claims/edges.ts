import type { Claim, FilterMetrics } from '../record.ts';
import { type Judgement, notMeasured } from './alongDepth.ts';
import { isAbove } from './rules.ts';
import { listed, stated, withInterval } from './words.ts';

/** With fewer filters the bootstrap's interval is at most their range, and two such intervals are often disjoint by chance. */
const fewestFilters = 4;

/**
 * "The first layer's filters detect edges and textures." Random filters are mostly fine texture by chance, so only a
 * share above the untrained network's counts.
 */
export function edges({ filters }: { readonly filters: FilterMetrics | null }): Claim {
  return {
    id: 'edges',
    statement: "The first layer's filters detect edges and textures.",
    measure:
      "Shares of a filter's energy in a constant (flat), in the two first-order slopes (edge) and in all other terms (texture), mean over filters.",
    control: 'The same filters untrained (random).',
    rule:
      'Supported if the edge share is above the untrained filters’ and less than half of the energy is flat; ' +
      'not supported if neither the edge share nor the texture share is above the untrained filters’; mixed otherwise. Only disjoint 95 % intervals count as a difference.',
    ...judgeIfAny(filters),
  };
}

function judgeIfAny(filters: FilterMetrics | null): Judgement {
  if (filters === null) {
    return notMeasured('There is no convolution with filters large enough to distinguish an edge from a constant.');
  }
  if (filters.filters < fewestFilters) {
    return notMeasured(
      `A verdict needs at least ${fewestFilters} filters, and ${filters.layer} has ${filters.filters}.`,
    );
  }
  return judge(filters);
}

function judge({ layer, filters, trained, untrained }: FilterMetrics): Judgement {
  const moreEdge = isAbove(trained.edge, untrained.edge);
  const moreTexture = isAbove(trained.texture, untrained.texture);
  const structured = trained.flat.high < 0.5;
  const less = isAbove(untrained.edge, trained.edge);
  const doubts = stated(
    !moreEdge && (less ? 'that of the untrained filters is higher' : 'the two intervals overlap'),
    !structured && 'as much as half of the energy may be flat',
  );
  return {
    verdict: moreEdge && structured ? 'supported' : moreEdge || moreTexture ? 'mixed' : 'not supported',
    figures: [
      { label: 'flat', estimate: trained.flat },
      { label: 'edge', estimate: trained.edge },
      { label: 'texture', estimate: trained.texture },
      { label: 'flat, untrained', estimate: untrained.flat },
      { label: 'edge, untrained', estimate: untrained.edge },
      { label: 'texture, untrained', estimate: untrained.texture },
    ],
    because:
      `Of the energy of the ${filters} filters of ${layer}, ${withInterval(trained.flat)} is flat and ${withInterval(trained.edge)} is edge, ` +
      `against ${withInterval(untrained.edge)} untrained${doubts.length > 0 ? `, but ${listed(doubts)}` : ''}.`,
  };
}
