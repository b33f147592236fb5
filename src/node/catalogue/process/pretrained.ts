import type { Engine } from '../../../core/engine/start.ts';
import { openClassifier } from '../../../core/model/classifier.ts';
import type { ServableModel } from '../../../core/model/model.ts';
import { type Backbone, backboneFor, featureCount, withHead } from '../../../core/transfer/backbone.ts';
import { defaultImageSize, findBackbone } from '../../backbones.ts';
import type { FittedInput } from '../pictures/pictureTask.ts';

/** The package's backbone, whose features stand beside those of a model that knows clothes only from small grey pictures. */
export interface Pretrained {
  readonly dimensions: number;
  /** How the model's input becomes the backbone's. */
  readonly fitted: FittedInput;
  /** @param inputs 8-bit, one after the other @returns [N, dimensions] */
  features(inputs: Uint8Array): Promise<Float32Array>;
  close(): Promise<void>;
}

const name = 'efficientnet-lite0';
const side = defaultImageSize.other;

/**
 * Whether the backbone's features make a model's better, as docs/catalogue-quality.md measured it: for models of single garments
 * converted to small grey pictures. What it would bring to models of whole photos in colour has not been measured.
 */
export const needsPretrained = ({ preprocessing }: Pick<ServableModel, 'preprocessing'>): boolean =>
  preprocessing.pictures === undefined;

/** The backbone for enlarged, negated pictures. */
export async function pretrainedBackbone(): Promise<Backbone> {
  const { backbone } = await findBackbone(name);
  return backboneFor(backbone, [side, side, backbone.network.inputShape[2]!]);
}

export async function openPretrained(engine: Engine, threads: number): Promise<Pretrained> {
  const backbone = await pretrainedBackbone();
  const dimensions = featureCount(backbone);
  // Classes are required, and not used.
  const blank = { kernel: new Float32Array(2 * dimensions), bias: new Float32Array(2) };
  const model = withHead(backbone, ['a', 'b'], blank);
  const classifier = await openClassifier(model, engine, threads, backbone.network.output.name);
  return {
    dimensions,
    fitted: { shape: backbone.network.inputShape, negate: true },
    features: async (inputs) => (await classifier.answers(inputs)).features,
    close: () => classifier.close(),
  };
}
