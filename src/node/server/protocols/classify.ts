import { z } from 'zod';
import { photosOf } from '../../../core/data/fitPicture.ts';
import { mostProbable, type Prediction } from '../../../core/evaluation/predictions.ts';
import { costOf, isEnsemble } from '../../../core/model/ensemble.ts';
import { passesWith } from '../../../core/model/testTimeAugmentation.ts';
import {
  type ClassificationService,
  classifyPictures,
  picturesOfBody,
  picturesOfImages,
  requireFew,
  setModelHeaders,
} from '../classification.ts';
import { httpError } from '../errors.ts';
import { startTimeout } from '../http/context.ts';
import { bodyOf, get, mediaType, type Routes, sendJson } from '../http/routes.ts';
import type { Served } from '../models/registry.ts';
import type { ReliableAnswers } from '../models/reliability.ts';
import { type Part, parseMultipart } from './multipart.ts';
import { createParameters, parameterSchemas } from './parameters.ts';
import {
  type Answer,
  answer,
  binary,
  type Explanation,
  imageBodies,
  modelErrors,
  modelHeaders,
  servedModel,
} from './schemas.ts';

/** The most parts of a form that are not images. */
const mostFields = 8;

/** `POST /v1/classify` and `GET /v1/models`. */
export function classifyRoutes(routes: Routes, service: ClassificationService): void {
  const { registry, explanations, limits, testTimeAugmentation: transforms } = service;
  const averaged = transforms.length > 0 && { transforms: [...transforms], passes: passesWith(transforms) };
  const { model, version, topK, explain, deadlineMs } = parameterSchemas(limits);
  const parameters = createParameters({ model, version, topK: topK(3), explain, deadlineMs });

  routes.add(
    {
      method: 'POST',
      url: '/v1/classify',
      tag: 'Selvedge',
      summary: 'Classify pictures',
      description:
        'PNG, JPEG or WebP, recognised by their first bytes, of any size, made what the model takes as its `photos` in /v1/models says: ' +
        '`whole` pictures are resized; of a `garment`, 28×28 grey pictures are taken as they are, others converted as the data set ' +
        'was made, with a light or dark background detected. A form’s files are images; its other parts are parameters like the query’s.',
      query: parameters.schemas,
      body: {
        ...imageBodies(limits),
        // The parameters may be in the form too, but the page would then send them twice.
        'multipart/form-data': z.object({
          image: z.array(binary('image/*')).max(limits.images).meta({ default: [] }),
        }),
      },
      answer: { description: 'The classes of each picture.', json: answer, headers: modelHeaders },
      errors: [...modelErrors.classification, 'model-not-named', 'bad-multipart', 'no-explanation'],
    },
    (request, reply) => {
      const { context } = request;
      const body = bodyOf(request);
      const contentType = request.headers['content-type'] ?? '';
      const type = mediaType(contentType);
      const form = type === 'multipart/form-data' ? formOf(body, contentType, service) : undefined;
      const given = parameters.read(request.query, form?.fields);
      startTimeout(context, given);
      return registry.use(given.model, given.version, async (served) => {
        setModelHeaders(reply, served);
        const single = isEnsemble(served.model) ? undefined : served.model;
        if (given.explain && !single) {
          throw httpError(
            'no-explanation',
            `The model ${served.name} is an ensemble, whose answers are not explained: leave explain out, or ask one of its members.`,
          );
        }
        const { pixels, conversions } = form
          ? await picturesOfImages(service, context, served, form.images)
          : await picturesOfBody(service, context, served, body, type);
        if (given.explain && conversions.length > limits.explained) {
          throw httpError(
            'too-many-images',
            `At most ${limits.explained} pictures are explained in one request: send several requests.`,
          );
        }
        const answers = await classifyPictures(context, served, pixels);
        const found = mostProbable(answers.probabilities, served.model.classNames, given.topK);
        const labels = found.map(([first]) => first!.label);
        const explained =
          given.explain && single ? await explanations.explain(single, pixels, labels, context) : undefined;
        return sendJson(reply, answerOf(served, found, conversions, answers, explained));
      });
    },
  );

  const models = { description: 'The models.', json: z.object({ models: z.array(servedModel) }) };
  routes.add(get('Selvedge', '/v1/models', 'The models that are served', models), async () => ({
    models: registry.all().map(
      ({ name, version, digest, model, reliability }): z.infer<typeof servedModel> => ({
        name,
        version,
        digest,
        inputShape: [...model.network.inputShape],
        photos: photosOf(model.preprocessing),
        classNames: [...model.classNames],
        parameters: costOf(model).parameters,
        ...(isEnsemble(model) && { ensembleOf: model.members.length }),
        calibrated: reliability.calibrated,
        ...(averaged && { testTimeAugmentation: averaged }),
      }),
    ),
  }));
}

function answerOf(
  { name, version, digest, reliability }: Served,
  found: Prediction[][],
  conversions: readonly Answer['pictures'][number]['conversion'][],
  { familiarity }: ReliableAnswers,
  explanations: readonly Explanation[] | undefined,
): Answer {
  return {
    model: { name, version, digest },
    calibrated: reliability.calibrated,
    // JSON leaves out what is undefined.
    hint: reliability.hint,
    pictures: found.map((predictions, n) => ({
      predictions,
      familiar: familiarity?.[n]?.familiar ?? null,
      familiarity: familiarity?.[n]?.score,
      conversion: conversions[n]!,
      explanation: explanations?.[n],
    })),
  };
}

/** A form's files are images; its other parts are parameters. */
function formOf(body: Buffer, contentType: string, { limits }: ClassificationService) {
  const parts = parseMultipart(body, contentType, limits.images + mostFields);
  const isFile = ({ filename }: Part) => filename !== undefined;
  const images = parts.filter(isFile).map(({ data, filename }, n) => ({
    bytes: data,
    name: `Image ${n + 1}${filename ? ` (${short(filename)})` : ''}`,
  }));
  if (images.length === 0)
    throw httpError('bad-multipart', 'The multipart body has no image: send at least one as a file.');
  requireFew(images.length, limits);
  const fields = parts
    .filter((part) => !isFile(part))
    .map(({ name, data }) => [name, data.toString('utf8').trim()] as const);
  return { images, fields };
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
