import { courseOf, widestGap } from '../../../core/inspection/highlights.ts';
import type { Estimate } from '../../../core/inspection/record.ts';
import type { Format } from '../format.ts';

type Along = readonly (Estimate | null)[];

/** A measure along depth in words: the course of each network from its first layer to its last, and where the two differ most. */
export function trendInWords(names: readonly string[], trained: Along, untrained: Along, format: Format): string {
  const course = (along: Along) => courseInWords(names, along, format);
  return `Trained: ${course(trained)}; untrained: ${course(untrained)}. ${gapInWords(names, trained, untrained, format)}`.trim();
}

const verbs = { rises: 'rises', falls: 'falls', none: 'no clear change' } as const;

function courseInWords(names: readonly string[], along: Along, format: Format): string {
  const course = courseOf(along);
  if (course === null) return 'not measured';
  const { first, last, change, turn } = course;
  const at = ({ at, estimate }: typeof first) => `${format(estimate.value)} at ${names[at]}`;
  if (first.at === last.at) return at(first);
  return `${verbs[change]} from ${at(first)} to ${at(last)}${turn ? `, via ${at(turn)}` : ''}`;
}

function gapInWords(names: readonly string[], trained: Along, untrained: Along, format: Format): string {
  const at = widestGap(trained, untrained);
  if (at === undefined) return '';
  if (at === null) return 'Their intervals overlap at every layer.';
  return `Largest difference: ${format(trained[at]!.value)} against ${format(untrained[at]!.value)} at ${names[at]}.`;
}
