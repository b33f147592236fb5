import type { AttributionMethod, MethodPlace } from '../../core/inspection/record.ts';

/** Where something was published. */
export interface Citation {
  /** Authors and year, as in running text. */
  readonly name: string;
  readonly href: string;
}

/** What a reader needs to know of an attribution method. */
export interface MethodDescription {
  readonly name: string;
  /** One sentence: how its map comes about. */
  readonly short: string;
  readonly source: Citation;
  /** What the map must not be taken for, and who found out. */
  readonly warning?: { readonly text: string; readonly source: Citation };
}

/** The randomised-weights check. */
export const sanityChecks: Citation = { name: 'Adebayo et al. 2018', href: 'https://arxiv.org/abs/1810.03292' };

/** Deletion and insertion. */
export const rise: Citation = { name: 'Petsiuk et al. 2018', href: 'https://arxiv.org/abs/1806.07421' };

/** Every attribution method's name, explanation and source. */
export const methods: Readonly<Record<AttributionMethod, MethodDescription>> = {
  gradient: {
    name: 'Gradient',
    short: 'How much the class’ logit would change with each pixel, by the slope at this picture.',
    source: { name: 'Simonyan et al. 2013', href: 'https://arxiv.org/abs/1312.6034' },
  },
  smoothGrad: {
    name: 'SmoothGrad',
    short: 'The mean of the gradients of many copies of the picture, each with its own noise.',
    source: { name: 'Smilkov et al. 2017', href: 'https://arxiv.org/abs/1706.03825' },
  },
  integratedGradients: {
    name: 'Integrated gradients',
    short: 'The gradients summed on the way from a black picture to this one; they add up to the logit’s change.',
    source: { name: 'Sundararajan et al. 2017', href: 'https://arxiv.org/abs/1703.01365' },
  },
  gradCam: {
    name: 'Grad-CAM',
    short:
      'The feature maps of one layer, each weighted by its mean gradient, and summed; the paper keeps only what is positive, here the sign stays.',
    source: { name: 'Selvaraju et al. 2017', href: 'https://arxiv.org/abs/1610.02391' },
  },
  gradCamPlusPlus: {
    name: 'Grad-CAM++',
    short: 'Grad-CAM with weights that count every place of a map where it helps, not only their mean.',
    source: { name: 'Chattopadhay et al. 2018', href: 'https://arxiv.org/abs/1710.11063' },
  },
  guidedBackprop: {
    name: 'Guided backprop',
    short: 'The gradient, with everything negative cut off at each ReLU on the way back.',
    source: { name: 'Springenberg et al. 2014', href: 'https://arxiv.org/abs/1412.6806' },
    warning: {
      text: 'It hardly depends on the weights: it sharpens the picture’s edges more than it explains the model.',
      source: sanityChecks,
    },
  },
  occlusion: {
    name: 'Occlusion',
    short: 'How far the class’ logit falls when a patch of the picture is covered.',
    source: { name: 'Zeiler & Fergus 2013', href: 'https://arxiv.org/abs/1311.2901' },
  },
  lrp: {
    name: 'LRP-ε',
    short: 'The logit handed back layer by layer, to each input in proportion to what it contributed.',
    source: { name: 'Bach et al. 2015', href: 'https://doi.org/10.1371/journal.pone.0130140' },
  },
  mapRemoval: {
    name: 'Removal of maps',
    short: 'The feature maps of one layer, each weighted by how far the logit falls without it.',
    source: { name: 'Desai & Ramaswamy 2020', href: 'https://doi.org/10.1109/WACV45572.2020.9093360' },
  },
};

/** "Grad-CAM at conv2d_1"; without a layer the name alone. */
export function methodName({ method, layer }: MethodPlace): string {
  return layer === null ? methods[method].name : `${methods[method].name} at ${layer}`;
}
