import { photosOf } from '../../data/fitPicture.ts';
import type { Preprocessing } from '../../data/preprocessing.ts';
import { formatShape } from '../../graph/shape.ts';
import type { Model } from '../../model/model.ts';
import { channelsFirst } from './graphBuilder.ts';

/** What an exported graph reads and puts out. */
export interface ExportForm {
  /** Values as the network reads them, channels first; or 8-bit pictures, channels last, that the graph scales. */
  readonly input: 'float32' | 'uint8';
  readonly output: 'probabilities' | 'logits';
  /** The input's name; that of the network's input layer by default. */
  readonly inputName?: string;
}

/** What one must know to run an exported model, a sentence each. */
export function describeExport(
  { network, classNames, preprocessing, reliability }: Model,
  { input, output }: ExportForm,
  names: { readonly input: string; readonly output: string },
): string[] {
  const shape = network.inputShape;
  const first = formatShape(['N', ...channelsFirst(shape)] as number[]);
  const last = formatShape(['N', ...shape] as number[]);
  const temperature = reliability?.calibration.temperature;
  const reads =
    input === 'uint8'
      ? `Input ${names.input}, uint8 ${last}: pictures of 8-bit values, height, width and channels in this order; the graph divides them by ${preprocessing.divideBy}.`
      : `Input ${names.input}, float32 ${first}: pictures of 8-bit values, each divided by ${preprocessing.divideBy}.`;
  return [
    reads,
    ...(shape.length === 3 ? [sizeOutside(preprocessing)] : []),
    `Output ${names.output}, float32 [N, ${classNames.length}]: ${output}${output === 'logits' ? ', whose softmax are the probabilities' : ''}, one for each of ${classNames.join(', ')}.`,
    temperature === undefined
      ? 'The probabilities are not calibrated: the model was trained without validation images.'
      : temperature === 1
        ? 'The probabilities are those of the model; a temperature was fitted on validation images, and 1 was best.'
        : `The probabilities are calibrated: the graph divides the logits by the temperature ${temperature}, which was fitted on validation images.`,
    ...(reliability?.familiarity ? ['Not in the graph: the score that tells out-of-distribution pictures.'] : []),
  ];
}

/** What happens to a picture before the graph. */
function sizeOutside(preprocessing: Preprocessing): string {
  const { reshape, pictures } = preprocessing;
  const [H, W, C] = reshape;
  const size = `${H}×${W} pixels${C === 1 ? ', grey' : C === 3 ? ', red, green and blue' : `, ${C} channels`}`;
  const convert = 'photos are converted as the function convertPhoto of selvedge does (arXiv 1708.07747, section 2)';
  const photos = photosOf(preprocessing);
  if (photos === null) return `Not in the graph: pictures must have ${size}.`;
  if (!pictures) return `Not in the graph: pictures must have ${size}, a light object on black; ${convert}.`;
  const colours = C === 1 ? 'colours become grey (Rec. 709 luma)' : 'grey is repeated in each channel';
  return [
    `Not in the graph, but in the function preparePhoto of selvedge: ${photos === 'garment' ? `${convert}, to 28×28; ` : ''}pictures are made ${size}`,
    'transparent parts become white',
    'edges that become shorter are averaged by area, longer ones interpolated (bilinear, half-pixel centres), and proportions may change',
    colours,
    ...(pictures.negate ? ['then values v become 255 − v'] : []),
  ]
    .join('; ')
    .concat('.');
}
