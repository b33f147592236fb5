import type { FastifyInstance } from 'fastify';
import { type Answer, answerOf, guesses } from './answer.ts';
import {
  type Asked,
  type Classifying,
  classifyPictures,
  picturesOfBody,
  picturesOfImages,
  requireFew,
  type SeenPictures,
} from '../classification.ts';
import { type Part, parseMultipart } from './multipart.ts';
import { type Parameters, readParameters } from './parameters.ts';
import { refuse } from '../errors.ts';
import { askModel, bodyOf, mediaType, sendJson } from '../http/routes.ts';

const defaultTop = 3;
const taken = ['model', 'version', 'topK', 'explain', 'deadlineMs'] as const;
/** A form's parts that are no images. */
const mostFields = 8;

/** `POST /v1/classify` and `GET /v1/models`. */
export function classifyRoutes(app: FastifyInstance, classifying: Classifying): void {
  app.post('/v1/classify', async (request, reply) => {
    const body = bodyOf(request);
    const contentType = request.headers['content-type'] ?? '';
    const type = mediaType(contentType);
    const form = type === 'multipart/form-data' ? formOf(body, contentType, classifying) : undefined;
    const parameters = readParameters(request.query, taken, form?.fields);
    const { model, version, explain } = parameters;
    const { deadlineMs, explainDeadlineMs } = classifying.limits;
    const milliseconds = parameters.deadlineMs ?? (explain ? explainDeadlineMs : deadlineMs);
    return askModel(classifying, request, reply, { model, version, milliseconds }, async (asked) => {
      const pictures = form
        ? await picturesOfImages(classifying.darkroom, asked, form.images)
        : await picturesOfBody(classifying, asked, body, type);
      return sendJson(reply, await answer(classifying, asked, pictures, parameters));
    });
  });

  app.get('/v1/models', async () => ({
    models: classifying.registry.all().map(({ name, version, digest, model, trust }) => ({
      name,
      version,
      digest,
      inputShape: model.network.inputShape,
      classNames: model.classNames,
      parameters: model.network.parameterCount,
      calibrated: trust.calibrated,
    })),
  }));
}

async function answer(
  { explaining, limits }: Classifying,
  asked: Asked,
  { pixels, conversions }: SeenPictures,
  { topK = defaultTop, explain }: Parameters,
): Promise<Answer> {
  if (explain && conversions.length > limits.explained) {
    throw refuse(
      'too-many-images',
      `At most ${limits.explained} pictures are explained in one request: send several requests.`,
    );
  }
  const { served, deadline, gone } = asked;
  const { probabilities, familiarity } = await classifyPictures(asked, pixels);
  const found = guesses(probabilities, served.model.classNames, topK);
  const labels = found.map(([first]) => first!.label);
  const explanations = explain ? await explaining.explain(served.model, pixels, labels, deadline, gone) : undefined;
  return answerOf(served, { found, conversions, familiarity, explanations });
}

/** A form's files are images; its other parts are parameters. */
function formOf(body: Buffer, contentType: string, { limits }: Classifying) {
  const parts = parseMultipart(body, contentType, limits.images + mostFields);
  const isFile = ({ filename }: Part) => filename !== undefined;
  const images = parts.filter(isFile).map(({ data, filename }, n) => ({
    bytes: data,
    name: `Image ${n + 1}${filename ? ` (${short(filename)})` : ''}`,
  }));
  if (images.length === 0)
    throw refuse('bad-multipart', 'The multipart body has no image: send at least one as a file.');
  requireFew(images.length, limits);
  const fields = parts
    .filter((part) => !isFile(part))
    .map(({ name, data }) => [name, data.toString('utf8').trim()] as const);
  return { images, fields };
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
