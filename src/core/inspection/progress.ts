import type { OnProgress } from './target.ts';

/** Progress of one whole made of parts, which may run side by side. */
export interface WholeProgress<Part extends string> {
  /** Does a part; what it reports moves the whole by its weight. */
  during<T>(part: Part, work: (onProgress: OnProgress) => Promise<T>): Promise<T>;
}

/**
 * One progress out of many.
 * @param weights what each part is expected to take, in any unit
 */
export function progressOver<Part extends string>(
  weights: Readonly<Record<Part, number>>,
  onProgress: OnProgress,
): WholeProgress<Part> {
  const parts = Object.keys(weights) as Part[];
  const whole = parts.reduce((sum, part) => sum + weights[part], 0);
  const shares = new Map<Part, number>();
  let doing = '';
  const tell = (part: Part, share: number) => {
    shares.set(part, Math.max(shares.get(part) ?? 0, Math.min(1, share)));
    onProgress(parts.reduce((sum, one) => sum + (shares.get(one) ?? 0) * weights[one], 0) / whole, doing);
  };
  return {
    async during(part, work) {
      const result = await work((share, words) => {
        doing = words;
        tell(part, share);
      });
      tell(part, 1);
      return result;
    },
  };
}
