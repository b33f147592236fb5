import { photosOf } from '../data/fitPicture.ts';
import type { Preprocessing } from '../data/preprocessing.ts';
import type { Model } from '../model/model.ts';
import { writeModel } from './modelFile.ts';
import { type OnnxExport, writeOnnx } from './onnx/exportModel.ts';

/** The names that the hub's libraries for image classification use. */
export const hubForm = { input: 'float32', output: 'logits', inputName: 'pixel_values' } as const;

/**
 * The files of a model by the conventions of the Hugging Face Hub, but for the model card: `config.json` with the classes,
 * `preprocessor_config.json`, `onnx/model.onnx` and `model.safetensors`. Pictures are of 8-bit values in both.
 */
export function hubFiles(
  model: Model,
  version: string,
): { readonly files: Readonly<Record<string, Uint8Array | string>>; readonly facts: OnnxExport['facts'] } {
  const { classNames, network, preprocessing } = model;
  const { bytes, facts } = writeOnnx(model, hubForm, version);
  const [H, W, C] = network.inputShape;
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const files = {
    'config.json': json({
      model_type: 'selvedge',
      num_labels: classNames.length,
      id2label: Object.fromEntries(classNames.map((name, i) => [i, name])),
      label2id: Object.fromEntries(classNames.map((name, i) => [name, i])),
      ...(C !== undefined && { image_size: [H, W], num_channels: C }),
      selvedge_version: version,
    }),
    'preprocessor_config.json': json(imageProcessor(preprocessing)),
    'onnx/model.onnx': bytes,
    'model.safetensors': writeModel(model),
  };
  return { files, facts };
}

/** Pillow's numbers of its filters: box averages by area, as photos that are taken whole are made smaller. */
const filters = { bilinear: 2, box: 4 } as const;

/** What the hub's image processors can do of it: all but the conversion of garments, transparency and Rec. 709. */
function imageProcessor(preprocessing: Preprocessing): Readonly<Record<string, unknown>> {
  const { divideBy, reshape, pictures } = preprocessing;
  const [H, W, C] = reshape;
  // (v ÷ d − 255 ÷ d) ÷ −1 is the negative.
  const negative = pictures?.negate && {
    image_mean: Array.from({ length: C! }, () => 255 / divideBy),
    image_std: Array.from({ length: C! }, () => -1),
  };
  return {
    image_processor_type: 'ViTImageProcessor',
    do_convert_rgb: C === 3,
    do_convert_grayscale: C === 1,
    do_resize: true,
    size: { height: H, width: W },
    resample: photosOf(preprocessing) === 'whole' ? filters.box : filters.bilinear,
    do_rescale: true,
    rescale_factor: 1 / divideBy,
    do_normalize: Boolean(negative),
    ...negative,
  };
}
