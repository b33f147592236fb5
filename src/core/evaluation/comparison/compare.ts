import { type McNemar, mcnemar } from '../../statistics/mcnemar.ts';
import { type MeanDifference, meanInterval, pairedDifference, welchDifference } from '../../statistics/meanTests.ts';
import { combinedPValue, holm } from '../../statistics/several.ts';
import { mean } from '../../training/metrics.ts';
import type { Comparison, DifferenceOverSeeds, GroupFigures, MeanOverSeeds, RunFigures } from './record.ts';
import { judge, significanceLevel } from './verdict.ts';

/** A run's figures, and for each test image whether its answer is right, [N]. */
export interface ComparedRun extends RunFigures {
  readonly correct: Uint8Array;
}

/** Runs that differ by their seed only, by ascending seed. */
export interface ComparedGroup extends Pick<GroupFigures, 'label' | 'parameters' | 'multiplyAdds'> {
  readonly runs: readonly ComparedRun[];
}

export interface ComparisonOptions extends Pick<Comparison, 'selvedge' | 'dataset'> {
  /** At least one, each with at least one run. */
  readonly groups: readonly ComparedGroup[];
  readonly notes: readonly string[];
}

/** Compares each group with every other. */
export function compareGroups({ groups, notes, selvedge, dataset }: ComparisonOptions): Comparison {
  const figures = groups.map((group, i) => figuresOf(idOf(i), group));
  const pairs = groups.flatMap((first, i) =>
    groups.slice(i + 1).map((second, more) => ({ first, second, ids: [idOf(i), idOf(i + 1 + more)] as const })),
  );
  const accuracy = overSeeds(pairs, (run) => run.accuracy);
  const loss = overSeeds(pairs, (run) => run.plain.loss);
  const images = onImages(pairs);
  return {
    format: 'selvedge-comparison',
    version: 1,
    selvedge,
    dataset,
    level: significanceLevel,
    groups: figures,
    differences: pairs.map(({ ids: [first, second] }, i) => {
      const tested = { first, second, accuracy: accuracy[i]!, images: images[i]! };
      return { ...tested, loss: loss[i]!, ...judge(tested) };
    }),
    notes: [...notes, ...notesOn(groups)],
  };
}

/** A to Z, then A2 to Z2, and so on. */
function idOf(i: number): string {
  return String.fromCharCode(65 + (i % 26)) + (i < 26 ? '' : String(Math.floor(i / 26) + 1));
}

function figuresOf(id: string, { label, runs, parameters, multiplyAdds }: ComparedGroup): GroupFigures {
  const over = (pick: (run: ComparedRun) => number) => mean(runs.map(pick));
  const secondsPerEpoch = runs.flatMap((run) => run.secondsPerEpoch ?? []);
  const calibrated = runs.flatMap((run) => run.calibrated ?? []);
  return {
    id,
    label,
    runs: runs.map(({ correct: _, ...run }) => run),
    accuracy: meanOverSeeds(runs.map((run) => run.accuracy)),
    loss: meanOverSeeds(runs.map((run) => run.plain.loss)),
    equalMassError: over((run) => run.plain.equalMass),
    equalWidthError: over((run) => run.plain.equalWidth),
    calibrated:
      calibrated.length < runs.length
        ? null
        : {
            equalMassError: mean(calibrated.map((one) => one.equalMass)),
            equalWidthError: mean(calibrated.map((one) => one.equalWidth)),
            loss: mean(calibrated.map((one) => one.loss)),
          },
    parameters,
    multiplyAdds,
    secondsPerEpoch: secondsPerEpoch.length < runs.length ? null : mean(secondsPerEpoch),
    trainingSeconds: over((run) => run.trainingSeconds),
  };
}

function meanOverSeeds(values: readonly number[]): MeanOverSeeds {
  const estimate = meanInterval(values);
  return { mean: mean(values), interval: estimate && { low: estimate.low, high: estimate.high } };
}

interface Pair {
  readonly first: ComparedGroup;
  readonly second: ComparedGroup;
}

/** Whether both groups have the same seeds, so that their runs can be compared seed by seed. */
function haveSameSeeds({ first, second }: Pair): boolean {
  const seeds = ({ runs }: ComparedGroup) => runs.map(({ seed }) => seed).join();
  return seeds(first) === seeds(second);
}

function overSeeds(pairs: readonly Pair[], pick: (run: ComparedRun) => number): DifferenceOverSeeds[] {
  const tests = pairs.map((pair): MeanDifference | null => {
    const [a, b] = [pair.first.runs.map(pick), pair.second.runs.map(pick)];
    return haveSameSeeds(pair) ? pairedDifference(a, b) : welchDifference(a, b);
  });
  const adjusted = holm(tests.map((test) => test?.pValue ?? null));
  return pairs.map(({ first, second }, i) => ({
    value: tests[i]?.value ?? mean(first.runs.map(pick)) - mean(second.runs.map(pick)),
    test: tests[i]!,
    adjustedPValue: adjusted[i]!,
  }));
}

function onImages(pairs: readonly Pair[]) {
  const tests = pairs.map((pair) => {
    const { first, second } = pair;
    const together = haveSameSeeds(pair)
      ? first.runs.map((run, i) => [run, second.runs[i]!] as const)
      : first.runs.flatMap((run) => second.runs.map((other) => [run, other] as const));
    return together.map(([run, other]) => ({
      firstSeed: run.seed,
      secondSeed: other.seed,
      ...mcnemarOf(run.correct, other.correct),
    }));
  });
  const pValues = tests.map((own) => combinedPValue(own.map(({ pValue }) => pValue)));
  const adjusted = holm(pValues);
  return tests.map((own, i) => ({ pairs: own, pValue: pValues[i]!, adjustedPValue: adjusted[i]! }));
}

function mcnemarOf(first: Uint8Array, second: Uint8Array): McNemar {
  let [onlyFirst, onlySecond] = [0, 0];
  for (const [n, isRight] of first.entries()) {
    if (isRight > second[n]!) onlyFirst++;
    else if (isRight < second[n]!) onlySecond++;
  }
  return mcnemar(onlyFirst, onlySecond);
}

function notesOn(groups: readonly ComparedGroup[]): string[] {
  const runs = groups.flatMap((group) => group.runs);
  const machines = new Set(runs.map(({ threads, processor }) => `${threads} ${processor}`));
  const isSmall = groups.some((group) => group.runs.length === 1);
  return [
    ...(groups.length > 2 ? ['The p-values are corrected by Holm’s method over all pairs of groups.'] : []),
    ...(isSmall ? ['A group with one run has no interval: seeds vary, and one seed does not show by how much.'] : []),
    ...(machines.size > 1
      ? ['The runs were trained on different processors or numbers of threads, so their times cannot be compared.']
      : []),
  ];
}
