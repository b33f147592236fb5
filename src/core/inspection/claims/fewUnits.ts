import type { Claim, Estimate, SufficientUnits } from '../record.ts';
import { type Judgement, notMeasured } from './alongDepth.ts';
import { isBelow } from './rules.ts';
import { listed, number, stated, withInterval } from './words.ts';

/** A few: at most one unit in ten. */
const few = 0.1;

/** "A few units determine the prediction." */
export function fewUnits({ decisiveUnits }: { readonly decisiveUnits: SufficientUnits | null }): Claim {
  return {
    id: 'fewUnits',
    statement: 'A few units determine the prediction.',
    measure:
      'Minimal sufficient units: the smallest share of the last hidden layer that alone gives the same prediction, units ranked by their contribution to it; mean over images.',
    control: 'The units in random order, and the same network untrained.',
    rule:
      `Supported if that share is at most ${number(few)}, upper limit included, and below both the random order's and the untrained network's; ` +
      "not supported if it is neither at most that nor below the random order's; mixed otherwise. Only disjoint 95 % intervals count as a difference.",
    ...(decisiveUnits ? judge(decisiveUnits) : notMeasured('There is no hidden layer before the last dense layer.')),
  };
}

function judge({ layer, units, ranked, random, untrainedRanked }: SufficientUnits): Judgement {
  const areFew = ranked.high <= few;
  const belowRandom = isBelow(ranked, random);
  const belowUntrained = isBelow(ranked, untrainedRanked);
  const needs = (other: Estimate) => (isBelow(other, ranked) ? 'needs fewer' : 'needs as few');
  const doubts = stated(
    !areFew && `that is more than ${number(few)}`,
    !belowRandom && `the random order ${needs(random)}`,
    !belowUntrained && `the untrained network ${needs(untrainedRanked)}`,
  );
  return {
    verdict: doubts.length === 0 ? 'supported' : areFew || belowRandom ? 'mixed' : 'not supported',
    figures: [
      { label: 'ranked by contribution', estimate: ranked },
      { label: 'random order', estimate: random },
      { label: 'ranked by contribution, untrained', estimate: untrainedRanked },
    ],
    because:
      `A share of ${withInterval(ranked)} of the ${units} units of ${layer} gives the same prediction, against ${withInterval(random)} in random order ` +
      `and ${withInterval(untrainedRanked)} untrained${doubts.length > 0 ? `, but ${listed(doubts)}` : ''}.`,
  };
}
