import type { Comparison, GroupFigures, MeanOverSeeds } from '../../core/evaluation/comparison/record.ts';
import { pValueText } from '../../core/evaluation/comparison/verdict.ts';
import { compact, fixed, integer, percent, plural } from '../../views/numbers.ts';
import { alignColumns } from './formatEvaluation.ts';
import { duration } from './progress.ts';

/** A comparison as plain text for a terminal: groups, differences and verdicts. */
export function formatComparison({ dataset, groups, differences, notes }: Comparison): string {
  const runs = groups.reduce((sum, group) => sum + group.runs.length, 0);
  return [
    `${plural(runs, 'run')} in ${plural(groups.length, 'group')} on the ${plural(dataset.testImages, 'test image')} of ${dataset.name}`,
    groups.map(groupLine).join('\n'),
    alignColumns([
      ['group', 'accuracy', '95 % interval', 'loss', '95 % interval'],
      ...groups.map(({ id, accuracy, loss }) => [
        id,
        percent(accuracy.mean),
        intervalText(accuracy, (share) => percent(share)),
        fixed(loss.mean, 4),
        intervalText(loss, (value) => fixed(value, 4)),
      ]),
    ]),
    alignColumns([
      ['group', 'ECE, equal mass', 'equal width', 'calibrated', 'parameters', 'multiply-adds', 's/epoch', 'training'],
      ...groups.map((group) => [
        group.id,
        percent(group.equalMassError),
        percent(group.equalWidthError),
        percent(group.calibrated?.equalMassError),
        integer(group.parameters),
        compact(group.multiplyAdds),
        fixed(group.secondsPerEpoch, 1),
        duration(group.trainingSeconds),
      ]),
    ]),
    ...(differences.length > 0
      ? [
          alignColumns([
            ['difference', 'accuracy', '95 % interval', 'p, seeds', 'p, images', 'loss', 'p, seeds'],
            ...differences.map(({ first, second, accuracy, loss, images }) => [
              `${first} − ${second}`,
              signed(accuracy.value * 100, 2),
              accuracy.test ? `${signed(accuracy.test.low * 100, 2)} to ${signed(accuracy.test.high * 100, 2)}` : '–',
              pValue(accuracy.adjustedPValue),
              pValue(images.adjustedPValue),
              signed(loss.value, 4),
              pValue(loss.adjustedPValue),
            ]),
          ]),
        ]
      : []),
    [
      ...differences.map(({ sentence }) => sentence),
      ...(differences.length === 0 ? ['There is one group, so there is nothing to compare.'] : []),
      ...notes,
    ].join('\n'),
  ]
    .join('\n\n')
    .replaceAll('\u00a0', ' ');
}

function groupLine({ id, label, runs }: GroupFigures): string {
  const seeds = runs.map(({ seed }) => seed).join(', ');
  return `${id}  ${label.replace(/\p{Cc}+/gu, ' ')}: ${runs.length > 1 ? 'seeds' : 'seed'} ${seeds}`;
}

function intervalText({ interval }: MeanOverSeeds, format: (value: number) => string): string {
  return interval ? `${format(interval.low)} to ${format(interval.high)}` : '–';
}

function signed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace(/^-/, '−').replace(/^(?=\d)/, '+');
}

function pValue(value: number | null): string {
  return value === null ? '–' : pValueText(value).replace(/^p (= )?/, '');
}
