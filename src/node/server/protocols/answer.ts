import type { PhotoConversion } from '../../../core/data/convertPhoto.ts';
import type { Explanation } from '../scheduling/explanations.ts';
import type { Served } from '../models/registry.ts';
import type { Judged } from '../models/reliability.ts';

/** One class of a picture. */
export interface Guess {
  readonly label: number;
  readonly name: string;
  readonly probability: number;
}

/** What is known of one picture. */
export interface PictureAnswer {
  readonly predictions: readonly Guess[];
  /** Null where the model cannot tell. */
  readonly familiar: boolean | null;
  readonly familiarity?: number;
  readonly conversion: PhotoConversion;
  readonly explanation?: Explanation;
}

/** The body of an answer to `POST /v1/classify`. */
export interface Answer {
  readonly model: Pick<Served, 'name' | 'version' | 'digest'>;
  readonly calibrated: boolean;
  readonly hint?: string;
  readonly pictures: readonly PictureAnswer[];
}

/** The `top` most probable classes of each row of [N, Y], best first; of equals, the lower label. */
export function guesses(probabilities: Float32Array, classNames: readonly string[], top: number): Guess[][] {
  const classes = classNames.length;
  return Array.from({ length: probabilities.length / classes }, (_, n) => {
    const row = probabilities.subarray(n * classes, (n + 1) * classes);
    const order = Array.from(row.keys()).sort((a, b) => row[b]! - row[a]! || a - b);
    return order.slice(0, top).map((label) => ({ label, name: classNames[label]!, probability: row[label]! }));
  });
}

export function answerOf(
  { name, version, digest, trust }: Served,
  pictures: {
    readonly found: readonly (readonly Guess[])[];
    readonly conversions: readonly PhotoConversion[];
    readonly familiarity: Judged['familiarity'];
    readonly explanations: readonly Explanation[] | undefined;
  },
): Answer {
  return {
    model: { name, version, digest },
    calibrated: trust.calibrated,
    ...(trust.hint === undefined ? {} : { hint: trust.hint }),
    pictures: pictures.found.map((predictions, n) => {
      const known = pictures.familiarity?.[n];
      const explanation = pictures.explanations?.[n];
      return {
        predictions,
        familiar: known?.familiar ?? null,
        ...(known && { familiarity: known.score }),
        conversion: pictures.conversions[n]!,
        ...(explanation && { explanation }),
      };
    }),
  };
}
