import type { LayerType } from './spec.ts';

/** One row of a network's summary. Shapes leave out the batch; `multiplyAdds` is per image, forward only. */
export interface LayerSummary {
  readonly name: string;
  readonly type: LayerType;
  readonly outputShape: readonly number[];
  readonly parameters: number;
  readonly multiplyAdds: number;
}
