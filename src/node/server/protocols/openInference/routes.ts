import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { PhotoPreparation } from '../../../../core/data/fitPicture.ts';
import type { Pictures } from '../../../../core/model/classifier.ts';
import { version as programVersion } from '../../../version.ts';
import {
  type ClassificationService,
  classifyPictures,
  picturesOfImages,
  requireFew,
  setModelHeaders,
} from '../../classification.ts';
import { httpError } from '../../errors.ts';
import { type RequestContext, startTimeout } from '../../http/context.ts';
import { bodyOf, get, type Routes, sendJson } from '../../http/routes.ts';
import type { Served } from '../../models/registry.ts';
import { createParameters, parameterSchemas } from '../parameters.ts';
import { binary, modelErrors, modelHeaders } from '../schemas.ts';
import { type InferenceRequest, inferenceRequest, inputName, readInferenceRequest } from './request.ts';
import { encodeResponse, inferenceResponse, modelMetadata, outputsOf } from './response.ts';
import { readTensor } from './tensors.ts';

interface ModelParams {
  readonly name: string;
  readonly version?: string;
}

const headerLength = 'Inference-Header-Content-Length';
const tag = 'Open Inference Protocol';

const serverMetadata = z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) });
const live = z.object({ live: z.boolean() });
const readiness = z.object({ live: z.boolean(), ready: z.boolean() }).meta({ id: 'Ready' });
const modelReadiness = z.object({ name: z.string(), ready: z.boolean() });

/**
 * The Open Inference Protocol, version 2, over REST, with the binary tensor extension.
 * @see https://github.com/kserve/open-inference-protocol
 */
export function openInferenceRoutes(routes: Routes, service: ClassificationService, ready: () => boolean): void {
  const { registry, limits } = service;
  const { deadlineMs } = parameterSchemas(limits);
  const parameters = createParameters({ deadlineMs });
  const server = { description: 'The server.', json: serverMetadata };
  routes.add(get(tag, '/v2', 'Server metadata', server), async () => ({
    name: 'selvedge',
    version: programVersion,
    extensions: ['binary_tensor_data'],
  }));
  const running = { description: 'It runs.', json: live };
  routes.add(get(tag, '/v2/health/live', 'Server live', running, { open: true }), async () => ({ live: true }));
  const whenReady = 'Server ready: every model has answered once, and it is not stopping';
  routes.add(
    get(
      tag,
      '/v2/health/ready',
      whenReady,
      { description: 'It is ready.', json: readiness },
      {
        open: true,
        failures: { 503: { description: 'It is starting or stopping.', json: readiness } },
      },
    ),
    async (_, reply) => {
      if (!ready()) reply.code(503);
      return { live: true, ready: ready() };
    },
  );
  const found = ({ params }: FastifyRequest, reply: FastifyReply): Served => {
    const { name, version } = params as ModelParams;
    const served = registry.get(name, version);
    setModelHeaders(reply, served);
    return served;
  };
  const tensors = { description: 'The tensors that it takes and returns.', json: modelMetadata, headers: modelHeaders };
  const able = { description: 'It can answer.', json: modelReadiness, headers: modelHeaders };
  const errors = modelErrors.namedModel;
  for (const url of ['/v2/models/:name', '/v2/models/:name/versions/:version']) {
    routes.add(get(tag, url, 'Model metadata', tensors, { errors }), async (request, reply) =>
      metadataOf(found(request, reply)),
    );
    routes.add(get(tag, `${url}/ready`, 'Model ready', able, { errors }), async (request, reply) => {
      const { name, batcher } = found(request, reply);
      if (batcher.alive() > 0) return { name, ready: true };
      throw httpError('not-ready', `No thread of ${name} can answer: ask again in a second.`, { retryAfterMs: 0 });
    });
    routes.add(
      {
        method: 'POST',
        url: `${url}/infer`,
        tag,
        summary: 'Inference on tensors or encoded images',
        description:
          `One input, \`${inputName}\`: UINT8 of the shape in the model’s metadata, such as [N, 28, 28, 1], with pixels 0–255, FP32 of the ` +
          'same shape already scaled, for most models to 0–1, ' +
          'or BYTES [N] with encoded images, base64 in JSON. The binary tensor extension is supported: JSON of ' +
          'Inference-Header-Content-Length bytes, then the data. Where the model can detect it, the outputs `familiar` and ' +
          '`familiarity` say whether a picture is like the training data; the parameter `conversions` says, as JSON, how ' +
          'encoded images were converted.',
        query: parameters.schemas,
        headers: { [headerLength]: z.int().min(1).describe('Bytes of JSON before binary data.') },
        body: { 'application/json': inferenceRequest, 'application/octet-stream': binary('application/octet-stream') },
        answer: {
          description: 'The output tensors: JSON, with binary data behind it where outputs are requested as binary.',
          json: inferenceResponse,
          content: { 'application/octet-stream': binary('application/octet-stream') },
          headers: { ...modelHeaders, [headerLength]: z.int().describe('Bytes of JSON before binary data.') },
        },
        errors: [...modelErrors.classification, 'bad-json', 'bad-base64', 'bad-tensor'],
      },
      (request, reply) => {
        const { context } = request;
        startTimeout(context, parameters.read(request.query));
        const { name, version } = request.params as ModelParams;
        return registry.use(name, version, async (served) => {
          setModelHeaders(reply, served);
          const length = lengthIn(request.headers[headerLength.toLowerCase()]);
          const question = readInferenceRequest(bodyOf(request), length, limits.jsonBytes);
          const { pictures, conversions } = await picturesOf(service, context, served, question);
          const answers = await classifyPictures(context, served, pictures);
          return send(reply, encodeResponse(served, question, answers, conversions));
        });
      },
    );
  }
}

function metadataOf(served: Served): z.infer<typeof modelMetadata> {
  const { name, version, model } = served;
  return {
    name,
    versions: [version],
    platform: 'selvedge',
    inputs: [{ name: inputName, datatype: 'UINT8', shape: [-1, ...model.network.inputShape] }],
    outputs: outputsOf(served),
  };
}

async function picturesOf(
  service: ClassificationService,
  context: RequestContext,
  served: Served,
  { input }: InferenceRequest,
): Promise<{ pictures: Pictures; conversions?: readonly PhotoPreparation[] }> {
  requireFew(input.shape[0] ?? 0, service.limits);
  const read = readTensor(input, served.model.network.inputShape, 255 / served.model.preprocessing.divideBy);
  if (read.kind === 'pictures') return read;
  const images = read.images.map((bytes, n) => ({ bytes, name: `Image ${n + 1}` }));
  const { pixels, conversions } = await picturesOfImages(service, context, served, images);
  return { pictures: pixels, conversions };
}

/** @throws HttpError 'bad-tensor' */
function lengthIn(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^\d{1,9}$/.test(header)) return Number(header);
  throw httpError('bad-tensor', 'The header Inference-Header-Content-Length should be a number of bytes.');
}

function send(reply: FastifyReply, { json, binary }: ReturnType<typeof encodeResponse>): FastifyReply {
  if (binary.length === 0) return sendJson(reply, json);
  const head = Buffer.from(JSON.stringify(json));
  return reply
    .header(headerLength, String(head.length))
    .type('application/octet-stream')
    .send(Buffer.concat([head, ...binary]));
}
