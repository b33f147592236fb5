import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { guesses } from './answer.ts';
import { type Classifying, classifyPictures, picturesOfBody, picturesOfImages } from '../classification.ts';
import { base64Bytes, isObject, parseJson } from './json.ts';
import { readParameters } from './parameters.ts';
import { refuse } from '../errors.ts';
import { askModel, bodyOf, mediaType, sendJson } from '../http/routes.ts';

/** As many classes as Hugging Face gives where nothing is said. */
const defaultTop = 5;
const taken = ['version', 'topK', 'deadlineMs'] as const;

/**
 * The image-classification task as Hugging Face's clients ask it: an image's bytes, or JSON
 * `{ inputs: base64, parameters?: { top_k?, function_to_apply? } }`; the answer is `[{ label, score }]`, best first.
 * `POST /` is for the only model, `POST /models/NAME` for any. Headers say whether the scores are calibrated, whether the picture
 * is familiar, and how it was converted.
 */
export function huggingFaceRoutes(app: FastifyInstance, classifying: Classifying): void {
  const handle = async (request: FastifyRequest, reply: FastifyReply, name: string | undefined) => {
    const given = readParameters(request.query, name === undefined ? ['model', ...taken] : taken);
    const type = mediaType(request.headers['content-type'] ?? '');
    const body = bodyOf(request);
    const { model = name, version, deadlineMs: milliseconds = classifying.limits.deadlineMs } = given;
    return askModel(classifying, request, reply, { model, version, milliseconds }, async (asked) => {
      const { served } = asked;
      const question = type === 'application/json' ? questionOf(body) : undefined;
      const { pixels, conversions } = question
        ? await picturesOfImages(classifying.darkroom, asked, [{ bytes: question.bytes, name: 'The image' }])
        : await picturesOfBody(classifying, asked, body, type);
      if (conversions.length > 1) {
        throw refuse('too-many-images', 'This address classifies one picture a request; /v1/classify takes several.');
      }
      const { probabilities, familiarity } = await classifyPictures(asked, pixels);
      // The task's answer is a list of labels and scores, with no room for what else is known.
      reply.header('x-calibrated', String(served.trust.calibrated));
      reply.header('x-familiar', String(familiarity?.[0]?.familiar ?? null));
      if (familiarity) reply.header('x-familiarity', String(familiarity[0]!.score));
      reply.header('x-conversion', JSON.stringify(conversions[0]));
      const { classNames } = served.model;
      const [first] = guesses(probabilities, classNames, question?.top ?? given.topK ?? defaultTop);
      return sendJson(
        reply,
        first!.map((guess) => ({ label: guess.name, score: guess.probability })),
      );
    });
  };
  app.post('/', (request, reply) => handle(request, reply, undefined));
  app.post<{ Params: { name: string } }>('/models/:name', (request, reply) =>
    handle(request, reply, request.params.name),
  );
}

function questionOf(body: Buffer): { bytes: Uint8Array; top: number | undefined } {
  const json = parseJson(body);
  if (!isObject(json) || typeof json['inputs'] !== 'string') {
    throw refuse(
      'bad-json',
      "Send JSON of the form { inputs: an image in base64, parameters: { top_k: 5 } }, or an image's bytes.",
    );
  }
  const parameters = json['parameters'] ?? {};
  if (!isObject(parameters)) throw refuse('bad-json', "The JSON's parameters are no object.");
  const { top_k: top, function_to_apply: applied } = parameters;
  if (top !== undefined && top !== null && !(Number.isSafeInteger(top) && (top as number) >= 1)) {
    throw refuse('bad-parameter', 'The parameter top_k should be a whole number from 1 up.');
  }
  if (applied !== undefined && applied !== null && applied !== 'softmax') {
    throw refuse('bad-parameter', "The parameter function_to_apply can only be 'softmax'.");
  }
  return { bytes: base64Bytes(json['inputs'], 'The image'), top: (top as number | null | undefined) ?? undefined };
}
