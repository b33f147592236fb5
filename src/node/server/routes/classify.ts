import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Answer, answerOf, type Guess, guesses } from '../answer.ts';
import {
  type Classifying,
  classifyPictures,
  picturesOfBody,
  picturesOfImages,
  requireFew,
  type SeenPictures,
} from '../classifying.ts';
import { type Part, parseMultipart } from '../multipart.ts';
import { type Parameters, readParameters } from '../parameters.ts';
import { refuse } from '../refusals.ts';
import type { Served } from '../registry.ts';

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
    const { deadlineMs, explainDeadlineMs } = classifying.limits;
    const allowed = parameters.deadlineMs ?? (parameters.explain ? explainDeadlineMs : deadlineMs);
    const deadline = performance.now() + allowed;
    const gone = () => request.gone;
    return classifying.registry.use(parameters.model, parameters.version, async (served) => {
      nameModel(reply, served);
      const pictures = form
        ? await picturesOfImages(classifying.darkroom, served, form.images, deadline, gone)
        : await picturesOfBody(classifying, served, body, type, deadline, gone);
      return sendJson(reply, await answer(classifying, served, pictures, parameters, deadline));
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
  served: Served,
  { pixels, conversions }: SeenPictures,
  { topK = defaultTop, explain }: Parameters,
  deadline: number,
): Promise<Answer> {
  if (explain && conversions.length > limits.explained) {
    throw refuse(
      'too-many-images',
      `At most ${limits.explained} pictures are explained in one request: send several requests.`,
    );
  }
  const { probabilities, familiarity } = await classifyPictures(served, pixels, deadline);
  const found = guesses(probabilities, served.model.classNames, topK);
  const explainOne = ([first]: readonly Guess[], n: number) =>
    explaining.explain(
      served.model,
      pixels.subarray(n * served.pictureSize, (n + 1) * served.pictureSize),
      first!.label,
      deadline,
    );
  const explanations = explain ? await Promise.all(found.map(explainOne)) : undefined;
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

/** The parsers give every body as it came. A request without one has none. */
export function bodyOf(request: FastifyRequest): Buffer {
  return (request.body as Buffer | undefined) ?? Buffer.alloc(0);
}

/** A content type without its parameters. */
export function mediaType(contentType: string): string {
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

/** Every answer says which model and version gave it. */
export function nameModel(reply: FastifyReply, { name, version }: Served): void {
  reply.header('x-model-name', name);
  reply.header('x-model-version', version);
}

/** Sends JSON without looking for a schema. */
export function sendJson(reply: FastifyReply, body: unknown): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
}
