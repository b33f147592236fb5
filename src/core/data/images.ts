/** 8-bit pictures with one label each. `images` is [N, H, W, C], row-major, channels last; `labels` is [N]. */
export interface LabelledImages {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A classification data set. Choices are made on parts of `train`; `test` only describes a finished model. */
export interface Dataset {
  readonly name: string;
  readonly classNames: readonly string[];
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}

/** One 8-bit picture, [H, W, C], row-major, channels last. */
export interface PixelImage {
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}
