import type { Shape } from '../graph/shape.ts';
import type { LayerSpec, LayerType } from '../graph/spec.ts';
import type { Estimate } from '../statistics/meanTests.ts';
import type { LayerChoice } from './target.ts';

export type { Estimate };

/** The source of an image: the test set, or a file of the user's. */
export type ImageSource =
  | { readonly kind: 'test'; readonly index: number; readonly label: number }
  | { readonly kind: 'file'; readonly name: string; readonly conversion: string };

/** An inspected image. */
export interface InspectedImage {
  readonly source: ImageSource;
  readonly predicted: number;
  /** [Y] */
  readonly probabilities: readonly number[];
  /** Along the depth, input first. */
  readonly layers: readonly ImageLayerMetrics[];
}

/** A layer's output for one image. */
export interface ImageLayerMetrics {
  readonly layer: string;
  /** The largest |value|. */
  readonly largest: number;
  /** All values of a flat layer of at most 16 units; null for one that is not finite. */
  readonly values: readonly (number | null)[] | null;
}

/** One image at three hidden layers: the report's overview. */
export interface Overview {
  /** Index among the inspected images. */
  readonly image: number;
  readonly layers: readonly OverviewLayer[];
}

export interface OverviewLayer {
  readonly position: 'first' | 'middle' | 'last';
  readonly layer: string;
  /** Maps, or units of a flat layer, with a value other than 0. */
  readonly activeMaps: number;
  readonly zeroFraction: number;
  /** |Pearson's r| of the maps with the image: of the most similar map, and the median. Null where nothing varies. */
  readonly correlation: { readonly highest: number; readonly median: number } | null;
  /** The maps of largest variance, in order of their numbers. */
  readonly shownMaps: readonly number[];
}

/** The numbers beside the pictures of a convolution's kernel. */
export interface KernelMetrics {
  readonly layer: string;
  readonly sheets: readonly KernelSheet[];
  /** Each filter's largest |weight|, and its input channels by falling norm, 32 at most. */
  readonly filters: readonly { readonly largest: number; readonly channels: readonly number[] }[];
}

/** All filters in one picture: their weights on one input channel, or the mean or the norm over all. */
export interface KernelSheet {
  readonly kind: 'weights' | 'mean' | 'norm';
  /** Null for means and norms. */
  readonly channel: number | null;
  /** The largest |value|. */
  readonly largest: number;
}

/** A rectangle of the input, in pixels; parts outside the image are cut off. */
export interface Box {
  readonly y: number;
  readonly x: number;
  readonly height: number;
  readonly width: number;
}

/** One feature map (a channel of a picture-shaped layer) or one unit of a flat layer, on the test set. */
export interface MapMetrics {
  readonly layer: string;
  readonly channel: number;
  /** 0 everywhere on all test images of the sample; a map that can be below 0 is never called dead. */
  readonly dead: boolean;
  /** The most activating test images, strongest first: the map's maximum, and its receptive field. */
  readonly top: readonly {
    readonly index: number;
    readonly label: number;
    readonly value: number;
    readonly receptiveField: Box;
  }[];
  /**
   * (μmax − μothers) ÷ (μmax + μothers) of the map's spatial mean, and the class of μmax; null if it is 0 ÷ 0, if
   * the map can be below 0, or if the sample has fewer than two classes.
   */
  readonly selectivity: { readonly value: number; readonly label: number } | null;
  /** Test accuracy with the map minus without it. */
  readonly accuracyLost: Estimate;
}

/** Measures of one layer of one network. Null if the measure does not apply or was left out, for the reason in `leftOut`. */
export interface LayerMeasures {
  /** Share of activations that are 0; after ReLU only (Hu 2016). */
  readonly zeroFraction: Estimate | null;
  /** Treves–Rolls sparseness over units, mean over images; where no value is negative. */
  readonly populationSparseness: Estimate | null;
  /** Treves–Rolls sparseness over images, mean over units; where no value is negative. */
  readonly lifetimeSparseness: Estimate | null;
  /** Hoyer sparseness over units, mean over images. */
  readonly hoyerSparseness: Estimate | null;
  /** Mean over channels; where no value is negative. */
  readonly classSelectivity: Estimate | null;
  readonly effectiveRank: Estimate | null;
  readonly participationRatio: Estimate | null;
  /** Test accuracy of a softmax regression on the layer. */
  readonly probeAccuracy: Estimate | null;
  /** Held-out R² of a ridge regression from leading principal components back to the pixels, fewest first. */
  readonly pixelDecoding: readonly { readonly components: number; readonly r2: Estimate }[];
  /** Debiased linear CKA with the pixels, and with the one-hot labels. */
  readonly ckaPixels: Estimate | null;
  readonly ckaLabels: Estimate | null;
  /** Units or images for which a measure is undefined (0 ÷ 0, such as a dead unit), by measure: left out of its mean. */
  readonly undefinedCases: Readonly<Partial<Record<MeasureName, number>>>;
}

export type MeasureName = Exclude<keyof LayerMeasures, 'undefinedCases'>;

/** One layer along the depth of the network. */
export interface LayerMetrics {
  readonly layer: string;
  readonly type: LayerType;
  readonly outputShape: Shape;
  /** How many weights and biases it has. */
  readonly parameters: number;
  /** Whether no value of it can be below 0. */
  readonly nonNegative: boolean;
  /** Whether it is the output of a ReLU: zero fractions are compared among these only. */
  readonly afterRelu: boolean;
  readonly trained: LayerMeasures;
  readonly untrained: LayerMeasures;
}

/** Debiased linear CKA of all pairs of layers, the pixels first and the labels last; row i, column j; null if undefined. */
export interface CkaMatrix {
  readonly names: readonly string[];
  readonly trained: readonly (readonly (number | null)[])[];
  readonly untrained: readonly (readonly (number | null)[])[];
}

/** The sizes of the samples, and the seed with which they were drawn. */
export interface SampleSizes {
  readonly seed: number;
  /** Test images of sparseness, selectivity and most activating images. */
  readonly testImages: number;
  /** Test images of the ablation of single maps. */
  readonly removalImages: number;
  /** Training images on which probes and decoders were fitted. */
  readonly fitImages: number;
  /** Test images on which they were scored. */
  readonly scoreImages: number;
  /** Test images of rank and CKA. */
  readonly similarityImages: number;
  /** Dimensions to which wider layers were projected for probes, decoding and CKA, and for rank. */
  readonly projectedTo: number;
  readonly rankProjectedTo: number;
}

/** Minimal sufficient units of the last hidden layer, on the test set. */
export interface SufficientUnits {
  readonly layer: string;
  readonly units: number;
  /** Mean over images: the smallest share of the units, ranked by contribution, that alone gives the same prediction. */
  readonly ranked: Estimate;
  /** The same with the units in random order: the control. */
  readonly random: Estimate;
  /** The same as `ranked`, in the untrained network. */
  readonly untrainedRanked: Estimate;
}

/** The first convolution's filters: shares of their energy, mean over filters (and input channels). */
export interface FilterMetrics {
  readonly layer: string;
  /** Their number; filters of zeros are left out of the means. */
  readonly filters: number;
  /** Share of a constant (no structure), of the two first-order slopes (edges), of all other terms (texture). */
  readonly trained: { readonly flat: Estimate; readonly edge: Estimate; readonly texture: Estimate };
  readonly untrained: { readonly flat: Estimate; readonly edge: Estimate; readonly texture: Estimate };
}

export type Verdict = 'supported' | 'not supported' | 'mixed' | 'not measured';

export type ClaimId = 'closeness' | 'sparseness' | 'pixels' | 'classes' | 'fewUnits' | 'edges';

/** One claim, judged on several models: the same network trained from several seeds, for example. */
export interface JointClaim {
  readonly id: ClaimId;
  readonly statement: string;
  readonly verdicts: readonly { readonly model: string; readonly verdict: Verdict; readonly because: string }[];
  /** "supported in 2 of 3, mixed in 1 of 3". */
  readonly joint: string;
}

/** A common claim about convolutional networks, tested on the model. */
export interface Claim {
  readonly id: ClaimId;
  readonly statement: string;
  readonly measure: string;
  readonly control: string;
  /** The rule by which the verdict follows from the numbers. */
  readonly rule: string;
  readonly figures: readonly { readonly label: string; readonly estimate: Estimate }[];
  readonly verdict: Verdict;
  /** The reason of the verdict, in one sentence. */
  readonly because: string;
}

export type AttributionMethod =
  | 'gradient'
  | 'smoothGrad'
  | 'integratedGradients'
  | 'gradCam'
  | 'gradCamPlusPlus'
  | 'guidedBackprop'
  | 'occlusion'
  | 'lrp'
  | 'mapRemoval';

/** A method, and its layer if it has one (Grad-CAM, Grad-CAM++, Ablation-CAM). */
export interface MethodPlace {
  readonly method: AttributionMethod;
  readonly layer: string | null;
}

/** Evidence for the target class, pixel by pixel. */
export interface AttributionMap extends MethodPlace {
  /** Signed, [H, W] of the input, row-major; input channels are summed. Methods at a layer are resized to the input. */
  readonly values: readonly number[];
  /** Whether there is no evidence for the class. */
  readonly noPositiveEvidence: boolean;
  /** Integrated gradients: |Σ attributions − (F(x) − F(baseline))|, and F(x) − F(baseline); logits. */
  readonly completeness?: { readonly error: number; readonly difference: number };
}

/** The evidence for the class of one image. */
export interface Explanation {
  /** Index among the inspected images. */
  readonly image: number;
  readonly target: number;
  readonly maps: readonly AttributionMap[];
  /** The decrease of the target's logit when one map is ablated, largest first, per convolution. */
  readonly removals: readonly {
    readonly layer: string;
    readonly maps: readonly { readonly channel: number; readonly drop: number }[];
  }[];
}

/** The evaluation of a method on this model. Areas are means of p(class), from 0 to 1, over the share of pixels. */
export interface MethodScore extends MethodPlace {
  readonly images: number;
  /** Lower is better. */
  readonly deletion: Estimate;
  /** Higher is better. */
  readonly insertion: Estimate;
  /** The same images, pixels in random order. */
  readonly randomDeletion: Estimate;
  readonly randomInsertion: Estimate;
  /** The gain over the random order on the same images: above 0 is better. */
  readonly deletionGain: Estimate;
  readonly insertionGain: Estimate;
  /**
   * Rank correlation (Spearman) of the map with the one after all layers from the top down to `downTo` were given random
   * weights: near 0 for a method that explains the model.
   */
  readonly sanity: readonly { readonly downTo: string; readonly correlation: Estimate }[];
  /** Images for which a correlation is undefined (a constant map). */
  readonly undefinedCases: number;
}

/** Why a part of the report is missing. */
export interface LeftOut {
  readonly part: 'maps' | 'layers' | 'claims' | 'attribution' | 'removal' | 'filters';
  readonly why: string;
}

/** The contents of `inspection.json`: every number of the report. */
export interface InspectionRecord {
  readonly format: 'selvedge-inspection';
  readonly version: 1;
  readonly model: {
    readonly file: string;
    readonly weightsSha256: string;
    readonly spec: readonly LayerSpec[];
    readonly classNames: readonly string[];
  };
  readonly engine: { readonly selvedge: string; readonly wasmSha256: string };
  /** The seed of the untrained network; `own` if these are known to be the model's initial weights. */
  readonly control: { readonly seed: number; readonly own: boolean };
  /** The data set's name, and the model's accuracy on its test images; null if there was none. */
  readonly dataset: { readonly name: string; readonly testImages: number; readonly testAccuracy: number } | null;
  readonly quick: boolean;
  /** The layers that were looked at, where that is not all of them. */
  readonly chosen?: LayerChoice;
  /** Set where all layers were asked for. */
  readonly everyLayer?: true;
  readonly seconds: number;
  readonly samples: SampleSizes | null;
  readonly images: readonly InspectedImage[];
  readonly overview: Overview | null;
  readonly kernels: readonly KernelMetrics[];
  readonly layers: readonly LayerMetrics[];
  readonly cka: CkaMatrix | null;
  readonly maps: readonly MapMetrics[];
  readonly decisiveUnits: SufficientUnits | null;
  readonly filters: FilterMetrics | null;
  readonly claims: readonly Claim[];
  /** The claims on several models, where several were inspected together. */
  readonly joint?: readonly JointClaim[];
  readonly explanations: readonly Explanation[];
  readonly methodScores: readonly MethodScore[];
  readonly leftOut: readonly LeftOut[];
}

/** All activations of one inspected image, from which maps are drawn; not in the JSON. */
export interface RecordedActivations {
  /** The layer's output, float32 [H, W, C] or [D], by layer name, in the network's order; layers that pass on their input unchanged are left out. */
  readonly layers: ReadonlyMap<string, Float32Array>;
}
