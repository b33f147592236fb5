import type { Claim, Verdict } from '../record.ts';
import type { Line } from './layers.ts';
import { type Direction, isAbove, trend } from './rules.ts';
import { capital, listed, number, withInterval } from './words.ts';

export type Judgement = Pick<Claim, 'verdict' | 'figures' | 'because'>;

/** What a claim is whose figures are missing. */
export function notMeasured(why: string): Judgement {
  return { verdict: 'not measured', figures: [], because: why };
}

/**
 * The rule of every claim about a trend, for each of its measures: (a) the last layer is beyond the first, intervals
 * disjoint; (b) fewer than half of the steps between neighbours go the other way beyond the intervals; (c) the change is
 * larger than the untrained network's, intervals disjoint. All of them for all measures: supported. (a) for none: not
 * supported. Anything between: mixed.
 */
export function judgeAlongDepth(lines: readonly Line[], direction: Direction): Judgement {
  const judged = lines.map((line) => {
    const trained = trend(line.trained, direction);
    const control = trend(line.untrained, direction);
    return { line, trained, control, further: isAbove(trained.change, control.change) };
  });
  const every = judged.every(({ trained, further }) => trained.moves && trained.steady && further);
  const some = judged.some(({ trained }) => trained.moves);
  const verdict: Verdict = every ? 'supported' : some ? 'mixed' : 'not supported';
  return {
    verdict,
    figures: judged.flatMap(({ line, trained, control }) => [
      ...line.layers.map((layer, i) => ({ label: `${line.name}, ${layer}`, estimate: line.trained[i]! })),
      { label: `${line.name} ${direction} by`, estimate: trained.change },
      { label: `${line.name} ${direction} by, untrained`, estimate: control.change },
    ]),
    because: `${capital(judged.map((one) => inWords(one, direction)).join('; '))}.`,
  };
}

interface Judged {
  readonly line: Line;
  readonly trained: ReturnType<typeof trend>;
  readonly control: ReturnType<typeof trend>;
  readonly further: boolean;
}

function inWords({ line, trained, control, further }: Judged, direction: Direction): string {
  const ends = `from ${number(line.trained[0]!.value)} at ${line.layers[0]} to ${number(line.trained.at(-1)!.value)} at ${line.layers.at(-1)}`;
  const falls = direction === 'falls' ? 'a fall' : 'a rise';
  if (!trained.moves) {
    const opposite =
      trained.change.high < 0 ? `which is the opposite of ${falls}` : `which is no certain ${falls.slice(2)}`;
    return `${line.name} goes ${ends}, ${opposite}`;
  }
  const doubts = [
    ...(trained.steady ? [] : ['half of the steps or more go the other way']),
    ...(further
      ? []
      : [
          isAbove(control.change, trained.change)
            ? 'that is less than untrained'
            : 'that is not certainly more than untrained',
        ]),
  ];
  return (
    `${line.name} ${direction} ${ends}, by ${withInterval(trained.change)} against ${withInterval(control.change)} untrained` +
    (doubts.length > 0 ? `, but ${listed(doubts)}` : '')
  );
}

/** The rule above as a sentence for the claim's table. */
export function ruleAlongDepth(measures: string, direction: Direction): string {
  const beyond = direction === 'falls' ? 'below' : 'above';
  return (
    `Supported if ${measures} is ${beyond} at the last layer what it is at the first, fewer than half of the steps go the other way, ` +
    `and the change is larger than the untrained network's; not supported if it does not end ${beyond} where it began; ` +
    'mixed otherwise. Only disjoint 95 % intervals count as a difference.'
  );
}
