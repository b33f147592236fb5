import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { mostProbable } from '../../../core/evaluation/predictions.ts';
import {
  type ClassificationService,
  classifyPictures,
  picturesOfBody,
  picturesOfImages,
  setModelHeaders,
} from '../classification.ts';
import { httpError } from '../errors.ts';
import { startTimeout } from '../http/context.ts';
import { bodyOf, mediaType, type Operation, type Routes, sendJson } from '../http/routes.ts';
import { base64Bytes, readJson } from './json.ts';
import { createParameters, parameterSchemas } from './parameters.ts';
import { examplePng, guess, imageBodies, modelErrors, modelHeaders, reliabilityHeaders } from './schemas.ts';

const huggingFaceRequest = z
  .object({
    inputs: z.string().meta({ contentEncoding: 'base64' }),
    parameters: z
      .object({ top_k: z.int().min(1).nullish(), function_to_apply: z.literal('softmax').nullish() })
      .nullish(),
  })
  .meta({ id: 'HuggingFaceRequest', examples: [{ inputs: examplePng, parameters: { top_k: 3 } }] });

const scores = z.array(z.object({ label: z.string(), score: guess.shape.probability }));

/**
 * The image-classification task in Hugging Face's request format: an image's bytes, or JSON
 * `{ inputs: base64, parameters?: { top_k?, function_to_apply? } }`; the answer is `[{ label, score }]`, best first.
 * `POST /` is for the only model, `POST /models/NAME` for any. Headers say whether the scores are calibrated, whether the picture
 * is like the training data, and how it was converted.
 */
export function huggingFaceRoutes(routes: Routes, service: ClassificationService): void {
  const { model, version, topK, deadlineMs } = parameterSchemas(service.limits);
  // Hugging Face's default number of classes.
  const ofName = createParameters({ version, topK: topK(5), deadlineMs });
  const ofAny = createParameters({ model, ...ofName.schemas });

  const handle = (
    request: FastifyRequest,
    reply: FastifyReply,
    given: ReturnType<typeof ofAny.read>,
  ): Promise<unknown> => {
    const { context } = request;
    const type = mediaType(request.headers['content-type'] ?? '');
    const body = bodyOf(request);
    startTimeout(context, given);
    return service.registry.use(given.model, given.version, async (served) => {
      setModelHeaders(reply, served);
      const json = type === 'application/json' ? readHuggingFaceRequest(body) : undefined;
      const { pixels, conversions } = json
        ? await picturesOfImages(service, context, served, [{ bytes: json.bytes, name: 'The image' }])
        : await picturesOfBody(service, context, served, body, type);
      if (conversions.length > 1) {
        throw httpError(
          'too-many-images',
          'This address classifies one picture a request; /v1/classify takes several.',
        );
      }
      const { probabilities, familiarity } = await classifyPictures(context, served, pixels);
      // The task's answer is a list of labels and scores, which has no place for anything else.
      reply.header('x-calibrated', String(served.reliability.calibrated));
      reply.header('x-familiar', String(familiarity?.[0]?.familiar ?? null));
      if (familiarity) reply.header('x-familiarity', String(familiarity[0]!.score));
      reply.header('x-conversion', JSON.stringify(conversions[0]));
      const [first] = mostProbable(probabilities, served.model.classNames, json?.top ?? given.topK);
      const answer: z.infer<typeof scores> = first!.map(({ name, probability }) => ({
        label: name,
        score: probability,
      }));
      return sendJson(reply, answer);
    });
  };

  const shared = {
    method: 'POST',
    tag: 'Hugging Face',
    summary: 'Image classification in Hugging Face’s request format',
    body: { ...imageBodies(service.limits), 'application/json': huggingFaceRequest },
    answer: {
      description: 'The classes, best first.',
      json: scores,
      headers: { ...modelHeaders, ...reliabilityHeaders },
    },
    errors: [...modelErrors.classification, 'bad-json', 'bad-base64'],
  } as const satisfies Omit<Operation, 'url'>;
  routes.add(
    { ...shared, url: '/', query: ofAny.schemas, errors: [...shared.errors, 'model-not-named'] },
    async (request, reply) => handle(request, reply, ofAny.read(request.query)),
  );
  routes.add({ ...shared, url: '/models/:name', query: ofName.schemas }, async (request, reply) => {
    const { name } = request.params as { name: string };
    return handle(request, reply, { ...ofName.read(request.query), model: name });
  });
}

function readHuggingFaceRequest(body: Buffer): { bytes: Uint8Array; top: number | undefined } {
  const { inputs, parameters } = readJson(huggingFaceRequest, body, (path) =>
    path.length > 1 ? 'bad-parameter' : 'bad-json',
  );
  return { bytes: base64Bytes(inputs, 'The image'), top: parameters?.top_k ?? undefined };
}
