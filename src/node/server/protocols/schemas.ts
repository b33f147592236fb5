import { encodePng } from '../../../core/formats/png.ts';
import { inputName } from './openInference/request.ts';
import { refusals } from '../errors.ts';

/** A JSON document's part. */
export type Json = Readonly<Record<string, unknown>>;

export const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
export const json = (schema: Json): Json => ({ 'application/json': { schema } });
export const list = (items: Json): Json => ({ type: 'array', items });
export const object = (
  properties: Json,
  required: readonly string[] = Object.keys(properties),
  example?: Json,
): Json => ({
  type: 'object',
  properties,
  required,
  ...(example && { examples: [example] }),
});
export const text: Json = { type: 'string' };
export const whole: Json = { type: 'integer' };
export const share: Json = { type: 'number', minimum: 0, maximum: 1 };

const tensor = object({ name: text, datatype: text, shape: list(whole) });

/** A picture of 28×28 with a light rectangle, so that the page's examples can be sent as they are. */
const examplePng = Buffer.from(
  encodePng({
    pixels: Uint8Array.from({ length: 784 }, (_, i) => (i % 28 >= 8 && i % 28 < 20 && i >= 112 && i < 672 ? 200 : 0)),
    height: 28,
    width: 28,
    channels: 1,
  }),
).toString('base64');
const answerExample: Json = {
  model: { name: 'shop', version: '1', digest: '9f67ac1ec876' },
  calibrated: true,
  pictures: [
    {
      predictions: [
        { label: 2, name: 'Pullover', probability: 0.9999110102653503 },
        { label: 6, name: 'Shirt', probability: 0.00008399780926993117 },
      ],
      familiar: true,
      familiarity: 0.6526,
      conversion: {
        kind: 'converted',
        averagedTo: { height: 73, width: 51 },
        trimmedTo: { left: 7, top: 11, width: 39, height: 51 },
        scale: 0.5490196078431373,
        placedAt: { left: 4, top: 0, width: 21, height: 28 },
        background: [253],
        polarity: 'dark-on-light',
        inverted: true,
      },
    },
  ],
};

/** The shapes that the document refers to by name. */
export const schemas: Json = {
  Failure: object({ error: text, code: { type: 'string', enum: Object.keys(refusals) } }),
  Ready: object({ live: { type: 'boolean' }, ready: { type: 'boolean' } }),
  Guess: object({ label: whole, name: text, probability: share }),
  Model: object({
    name: text,
    version: text,
    digest: { type: 'string', description: 'The first 12 hexadecimal digits of the file’s SHA-256.' },
    inputShape: list(whole),
    classNames: list(text),
    parameters: whole,
    calibrated: { type: 'boolean' },
  }),
  Conversion: object(
    {
      kind: { type: 'string', enum: ['as-is', 'converted'] },
      averagedTo: object({ height: whole, width: whole }),
      trimmedTo: ref('Box'),
      scale: { type: 'number' },
      placedAt: ref('Box'),
      background: list(whole),
      polarity: { type: 'string', enum: ['dark-on-light', 'light-on-dark'] },
      inverted: { type: 'boolean' },
    },
    ['kind'],
  ),
  Box: object({ left: whole, top: whole, width: whole, height: whole }),
  Explanation: object({
    method: text,
    layer: { type: ['string', 'null'] },
    label: whole,
    heatMapPng: {
      type: 'string',
      contentEncoding: 'base64',
      contentMediaType: 'image/png',
      description:
        'The picture, darkened, at four times its size. Red: the pixel speaks for the class. Blue: it speaks against it.',
    },
    keyPixels: {
      ...list(object({ x: whole, y: whole, share })),
      description: 'The up to ten pixels that speak most for the class, and their share of all that speaks for it.',
    },
  }),
  Answer: object(
    {
      model: object({ name: text, version: text, digest: text }),
      calibrated: { type: 'boolean' },
      hint: { type: 'string', description: 'How to get calibrated probabilities and familiarity.' },
      pictures: list(
        object(
          {
            predictions: list(ref('Guess')),
            familiar: { type: ['boolean', 'null'], description: 'Whether the picture is like the training data.' },
            familiarity: { type: 'number', description: 'The score that says so.' },
            conversion: ref('Conversion'),
            explanation: ref('Explanation'),
          },
          ['predictions', 'familiar', 'conversion'],
        ),
      ),
    },
    ['model', 'calibrated', 'pictures'],
    answerExample,
  ),
  HuggingFaceRequest: object(
    {
      inputs: { type: 'string', contentEncoding: 'base64' },
      parameters: object({ top_k: whole, function_to_apply: { type: 'string', enum: ['softmax'] } }, []),
    },
    ['inputs'],
    { inputs: examplePng, parameters: { top_k: 3 } },
  ),
  ModelMetadata: object({
    name: text,
    versions: list(text),
    platform: text,
    inputs: list(tensor),
    outputs: list(tensor),
  }),
  InferenceRequest: object(
    {
      id: text,
      parameters: { type: 'object' },
      inputs: {
        minItems: 1,
        maxItems: 1,
        ...list(
          object(
            {
              name: { const: inputName },
              datatype: { enum: ['UINT8', 'FP32', 'BYTES'] },
              shape: list(whole),
              parameters: { type: 'object' },
              data: { type: 'array' },
            },
            ['name', 'datatype', 'shape'],
          ),
        ),
      },
      outputs: list(object({ name: text, parameters: { type: 'object' } }, ['name'])),
    },
    ['inputs'],
    { id: '1', inputs: [{ name: inputName, datatype: 'BYTES', shape: [1], data: [examplePng] }] },
  ),
  InferenceResponse: object(
    {
      model_name: text,
      model_version: text,
      id: text,
      parameters: { type: 'object' },
      outputs: list(
        object(
          {
            name: text,
            datatype: text,
            shape: list(whole),
            parameters: { type: 'object' },
            data: { type: 'array' },
          },
          ['name', 'datatype', 'shape'],
        ),
      ),
    },
    ['model_name', 'model_version', 'outputs'],
  ),
};
