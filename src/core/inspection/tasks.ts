import { removeMaps } from './analyses/ablation.ts';
import { analyseActivations } from './analyses/activations.ts';
import { analyseRepresentations } from './analyses/representations.ts';
import { decisiveUnits } from './analyses/sufficientUnits.ts';
import { type AttributionInput, explainAndScore } from './attribution/attribution.ts';
import type { WholeProgress } from './progress.ts';
import type { OnProgress, Subject } from './target.ts';

type Input<Work extends (options: never) => unknown> = Omit<Parameters<Work>[0], 'subject' | 'onProgress'>;

/** The pieces of an inspection that need nothing of each other, so that they may run side by side. */
const works = {
  activations: analyseActivations,
  decisive: decisiveUnits,
  removal: removeMaps,
  representations: analyseRepresentations,
  attribution: explainAndScore,
};

export type PieceName = keyof typeof works;

/** What each piece is given, and what it gives: plain data, which can be sent to other threads. */
export interface PieceInputs {
  readonly activations: Input<typeof analyseActivations>;
  readonly decisive: Input<typeof decisiveUnits>;
  readonly removal: Input<typeof removeMaps>;
  readonly representations: Input<typeof analyseRepresentations>;
  readonly attribution: AttributionInput;
}

export type PieceResults = { readonly [Name in PieceName]: Awaited<ReturnType<(typeof works)[Name]>> };

/** Does a piece: here, or wherever a platform can do several at once. The result does not depend on where. */
export type DoPiece = <Name extends PieceName>(
  name: Name,
  input: PieceInputs[Name],
  onProgress: OnProgress,
) => Promise<PieceResults[Name]>;

/** Does pieces here, one after the other. */
export function piecesHere(subject: Subject): DoPiece {
  let last: Promise<unknown> = Promise.resolve();
  return (name, input, onProgress) => {
    const work = works[name] as unknown as (options: object) => Promise<PieceResults[typeof name]>;
    const result = last.then(() => work({ ...input, subject, onProgress }));
    last = result.catch(() => undefined);
    return result;
  };
}

/**
 * Does several pieces side by side, those that take longest first: the others then fill what time is left beside them.
 * @param expected what each takes, in any unit
 */
export async function doPieces<Names extends PieceName>(
  inputs: Pick<PieceInputs, Names>,
  expected: Readonly<Record<Names, number>>,
  doPiece: DoPiece,
  progress: WholeProgress<Names>,
): Promise<Pick<PieceResults, Names>> {
  const names = (Object.keys(inputs) as Names[]).sort((a, b) => expected[b] - expected[a]);
  const results = await Promise.all(
    names.map((name) => progress.during(name, (onProgress) => doPiece(name, inputs[name], onProgress))),
  );
  return Object.fromEntries(names.map((name, i) => [name, results[i]])) as unknown as Pick<PieceResults, Names>;
}
