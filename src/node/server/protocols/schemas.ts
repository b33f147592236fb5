import { z } from 'zod';
import type { PhotoPreparation } from '../../../core/data/fitPicture.ts';
import { testTimeTransforms } from '../../../core/model/testTimeAugmentation.ts';
import type { HttpErrorCode } from '../errors.ts';
import type { Limits } from '../limits.ts';

const share = z.number().min(0).max(1);
const size = z.object({ height: z.int(), width: z.int() });
const box = z.object({ left: z.int(), top: z.int(), width: z.int(), height: z.int() }).meta({ id: 'Box' });

/** One class of a picture. */
export const guess = z.object({ label: z.int(), name: z.string(), probability: share }).meta({ id: 'Guess' });

export const conversion: z.ZodType<PhotoPreparation> = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('as-is') }),
    z.object({
      kind: z.literal('converted'),
      averagedTo: size,
      trimmedTo: box,
      scale: z.number(),
      placedAt: box,
      background: z.array(z.int()),
      polarity: z.enum(['dark-on-light', 'light-on-dark']),
      inverted: z.boolean(),
    }),
    z.object({
      kind: z.literal('resized'),
      from: z.tuple([z.int(), z.int()]).describe('Height and width before, in pixels.'),
    }),
  ])
  .meta({ id: 'Conversion' });

export const explanation = z
  .object({
    method: z.string(),
    layer: z.string().nullable().describe('The layer that the method looks at; null where it looks at the picture.'),
    label: z.int().describe('The class whose evidence is shown.'),
    heatMapPng: z.string().meta({
      contentEncoding: 'base64',
      contentMediaType: 'image/png',
      description:
        'The picture, darkened, enlarged by whole factors until an edge has 112 pixels. Red is evidence for the class, blue evidence against it.',
    }),
    keyPixels: z
      .array(z.object({ x: z.int(), y: z.int(), share }))
      .describe('The up to ten pixels with most evidence for the class, and their shares of all evidence for it.'),
  })
  .meta({ id: 'Explanation' });
/** Why a picture got its first class. */
export type Explanation = z.infer<typeof explanation>;

export const answer = z
  .object({
    model: z.object({ name: z.string(), version: z.string(), digest: z.string() }),
    calibrated: z.boolean(),
    hint: z.string().optional().describe('How to get calibrated probabilities and familiarity.'),
    pictures: z.array(
      z.object({
        predictions: z.array(guess),
        familiar: z
          .boolean()
          .nullable()
          .describe('Whether the picture is like the training data; null where the model cannot tell.'),
        familiarity: z.number().optional().describe('The score that decides it.'),
        conversion,
        explanation: explanation.optional(),
      }),
    ),
  })
  .meta({
    id: 'Answer',
    examples: [
      {
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
      },
    ],
  });
/** The body of an answer to `POST /v1/classify`. */
export type Answer = z.infer<typeof answer>;

export const servedModel = z
  .object({
    name: z.string(),
    version: z.string(),
    digest: z.string().describe('The first 12 hexadecimal digits of the file’s SHA-256.'),
    inputShape: z.array(z.int()),
    photos: z
      .enum(['garment', 'whole'])
      .nullable()
      .describe(
        'How encoded images become pictures of that shape: converted to a garment on black, resized whole, or, where it is null, not at all.',
      ),
    classNames: z.array(z.string()),
    parameters: z.int(),
    ensembleOf: z.int().optional().describe('The networks whose probabilities are averaged, where there are several.'),
    calibrated: z.boolean(),
    testTimeAugmentation: z
      .object({ transforms: z.array(z.enum(testTimeTransforms)), passes: z.int() })
      .optional()
      .describe('How probabilities are averaged over views of a picture, and how often it goes through the network.'),
  })
  .meta({ id: 'Model' });

/** A 28×28 PNG of a light rectangle, so that the page's examples can be sent as they are. */
export const examplePng =
  'iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAAAGElEQVR4XmMYSHACCaDLjUqOShIjSUcAAHGTu4GlIVKtAAAAAElFTkSuQmCC';

/** Bytes that no schema describes. */
export const binary = (contentMediaType: string, description?: string) =>
  // The format makes the page show a file chooser, and generated clients take a file.
  z.unknown().meta({ type: 'string', format: 'binary', contentMediaType, ...(description && { description }) });

/** The bodies that hold one image, or pixels. */
export function imageBodies({ images }: Limits) {
  const image = binary('image/*');
  return {
    'image/png': image,
    'image/jpeg': image,
    'image/webp': image,
    'application/octet-stream': binary(
      'application/octet-stream',
      `Pixels of 1 to ${images} pictures, a byte for each value, row by row, channels together: 784 bytes for 28×28 in grey. Or an image.`,
    ),
  };
}

/** The headers of every answer of a model. */
export const modelHeaders = {
  'X-Model-Name': z.string().describe('The model that answered.'),
  'X-Model-Version': z.string().describe('Its version.'),
};
/** What an answer says that is only a list of labels and scores. */
export const reliabilityHeaders = {
  'X-Calibrated': z.boolean().describe('Whether the scores are calibrated.'),
  'X-Familiar': z.enum(['true', 'false', 'null']).describe('Whether the picture is like the training data.'),
  'X-Familiarity': share.describe('The score that decides it.'),
  'X-Conversion': z.string().describe('How the image was converted, as JSON.'),
};

const namedModel: readonly HttpErrorCode[] = ['unknown-model', 'unknown-version', 'not-ready'];
const classification: readonly HttpErrorCode[] = [
  ...namedModel,
  'empty-body',
  'body-too-large',
  'bad-parameter',
  'past-deadline',
  'worker-failed',
  'unsupported-body',
  'damaged-image',
  'unsupported-image',
  'bad-pixels',
  'too-many-images',
  'too-many-pixels',
  'no-garment',
  'no-conversion',
];
/** How a request fails that asks about a model, and one that classifies. */
export const modelErrors = { namedModel, classification };
