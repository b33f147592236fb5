import type { OnProgress } from './target.ts';

/** Progress of several parts, which may run in parallel. */
export interface WholeProgress<Part extends string> {
  /** Runs a part; its progress counts by its weight. */
  during<T>(part: Part, work: (onProgress: OnProgress) => Promise<T>): Promise<T>;
}

/**
 * Combines the progress of several parts.
 * @param weights expected duration of each part, in any unit
 */
export function progressOver<Part extends string>(
  weights: Readonly<Record<Part, number>>,
  onProgress: OnProgress,
): WholeProgress<Part> {
  const parts = Object.keys(weights) as Part[];
  const whole = parts.reduce((sum, part) => sum + weights[part], 0);
  const shares = new Map<Part, number>();
  let doing = '';
  const report = (part: Part, share: number) => {
    shares.set(part, Math.max(shares.get(part) ?? 0, Math.min(1, share)));
    onProgress(parts.reduce((sum, one) => sum + (shares.get(one) ?? 0) * weights[one], 0) / whole, doing);
  };
  return {
    async during(part, work) {
      const result = await work((share, words) => {
        doing = words;
        report(part, share);
      });
      report(part, 1);
      return result;
    },
  };
}
