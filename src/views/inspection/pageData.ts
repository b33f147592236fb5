import type { PixelImage } from '../../core/data/images.ts';
import type { InspectionRecord, RecordedActivations } from '../../core/inspection/record.ts';

/** What the report shows: all numbers are in the record; the rest is drawn. */
export interface InspectionPageData {
  readonly record: InspectionRecord;
  /** One for each of `record.images`. */
  readonly activations: readonly RecordedActivations[];
  /** The inspected images, as the network's input. */
  readonly pictures: readonly PixelImage[];
  /** Test images by index, for the cards of maps. */
  readonly testPictures: (index: number) => PixelImage | undefined;
  /** Kernels of the convolutions, float32 [R, S, C, K], by layer. */
  readonly filters: ReadonlyMap<string, Float32Array>;
}
