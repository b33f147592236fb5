import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { PhotoConversion } from '../../../../core/data/convertPhoto.ts';
import type { Pictures } from '../../../../core/training/runtime.ts';
import { version as programVersion } from '../../../version.ts';
import { type Asked, type Classifying, classifyPictures, picturesOfImages, requireFew } from '../../classification.ts';
import { type InferenceRequest, inputName, readInferenceRequest } from './request.ts';
import { inferenceResponse, outputsOf } from './response.ts';
import { readTensor } from './tensors.ts';
import { readParameters } from '../parameters.ts';
import { refuse } from '../../errors.ts';
import type { Served } from '../../models/registry.ts';
import { askModel, bodyOf, nameModel, sendJson } from '../../http/routes.ts';

interface ModelParams {
  readonly name: string;
  readonly version?: string;
}
type ModelRequest = FastifyRequest<{ Params: ModelParams }>;

const headerLength = 'inference-header-content-length';

/**
 * The Open Inference Protocol, version 2, over REST, with the binary tensor extension.
 * @see https://github.com/kserve/open-inference-protocol
 */
export function openInferenceRoutes(app: FastifyInstance, classifying: Classifying, ready: () => boolean): void {
  const { registry, limits } = classifying;
  app.get('/v2', async () => ({
    name: 'selvedge',
    version: programVersion,
    extensions: ['binary_tensor_data'],
  }));
  app.get('/v2/health/live', async () => ({ live: true }));
  app.get('/v2/health/ready', async (_, reply) => {
    if (!ready()) reply.code(503);
    return { live: true, ready: ready() };
  });
  for (const path of ['/v2/models/:name', '/v2/models/:name/versions/:version']) {
    app.get(path, async (request: ModelRequest, reply) => {
      const served = registry.get(request.params.name, request.params.version);
      nameModel(reply, served);
      return metadataOf(served);
    });
    app.get(`${path}/ready`, async (request: ModelRequest, reply) => {
      const served = registry.get(request.params.name, request.params.version);
      nameModel(reply, served);
      if (served.lane.alive() > 0) return { name: served.name, ready: true };
      throw refuse('not-ready', `No thread of ${served.name} can answer: ask again in a second.`, { retryAfter: 1 });
    });
    app.post(`${path}/infer`, async (request: ModelRequest, reply) => {
      const { deadlineMs: milliseconds = limits.deadlineMs } = readParameters(request.query, ['deadlineMs']);
      const { name: model, version } = request.params;
      return askModel(classifying, request, reply, { model, version, milliseconds }, async (asked) => {
        const length = lengthIn(request.headers[headerLength]);
        const question = readInferenceRequest(bodyOf(request), length, limits.jsonBytes);
        const { pictures, conversions } = await picturesOf(classifying, asked, question);
        const judged = await classifyPictures(asked, pictures);
        return send(reply, inferenceResponse(asked.served, question, judged, conversions));
      });
    });
  }
}

function metadataOf(served: Served) {
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
  { darkroom, limits }: Classifying,
  asked: Asked,
  { input }: InferenceRequest,
): Promise<{ pictures: Pictures; conversions?: readonly PhotoConversion[] }> {
  requireFew(input.shape[0] ?? 0, limits);
  const read = readTensor(input, asked.served.model.network.inputShape);
  if (read.kind === 'pictures') return read;
  const images = read.images.map((bytes, n) => ({ bytes, name: `Image ${n + 1}` }));
  const { pixels, conversions } = await picturesOfImages(darkroom, asked, images);
  return { pictures: pixels, conversions };
}

function lengthIn(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^\d{1,9}$/.test(header)) return Number(header);
  throw refuse('bad-tensor', 'The header Inference-Header-Content-Length is no number of bytes.');
}

function send(reply: FastifyReply, { json, binary }: ReturnType<typeof inferenceResponse>): FastifyReply {
  if (binary.length === 0) return sendJson(reply, json);
  const head = Buffer.from(JSON.stringify(json));
  return reply
    .header(headerLength, String(head.length))
    .type('application/octet-stream')
    .send(Buffer.concat([head, ...binary]));
}
