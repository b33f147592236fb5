import type { PixelImage } from '../../core/data/images.ts';
import type { JointClaim } from '../../core/inspection/claims/overSeeds.ts';
import type { InspectionRecord, RecordedActivations } from '../../core/inspection/record.ts';

/** Everything that the report shows. */
export interface InspectionPageData {
  readonly record: InspectionRecord;
  /** One for each of `record.images`. */
  readonly activations: readonly RecordedActivations[];
  /** The inspected images as the network sees them. */
  readonly pictures: readonly PixelImage[];
  /** Test images by index, for the cards of maps. */
  readonly testPictures: (index: number) => PixelImage | undefined;
  /** Kernels of the convolutions, float32 [R, S, C, K], by layer. */
  readonly filters: ReadonlyMap<string, Float32Array>;
  /** The claims on several models, where there are several. */
  readonly joint?: readonly JointClaim[];
}
