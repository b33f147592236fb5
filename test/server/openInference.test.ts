import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { openClassifier } from '../../src/core/model/classifier.ts';
import { nodeEngine } from '../../src/node/engine.ts';
import { defaultLimits } from '../../src/node/server/limits.ts';
import { photos, root } from '../cli/selvedge.ts';
import { modelFile, picture, serviceAt, untrained } from './service.ts';

const model = untrained();
const { app } = await serviceAt(modelFile(model, afterAll));
const classifier = await openClassifier(model, await nodeEngine(), 1);
afterAll(() => classifier.close());

const published = JSON.parse(readFileSync(join(root, 'test/fixtures/openInference/open_inference_rest.json'), 'utf8'));
const ajv = new Ajv({ strict: false, schemas: [{ $id: 'protocol', components: published.components }] });
/** Checks a JSON part against the protocol's published OpenAPI schema. */
function expectShape(name: string, value: unknown): void {
  const validate = ajv.getSchema(`protocol#/components/schemas/${name}`)!;
  expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
}

const photo = readFileSync(join(photos, '01-tshirt-shop.jpg'));
const input = (datatype: string, shape: number[], data: unknown[]) => ({ name: 'images', datatype, shape, data });
const two = Buffer.concat([picture(1), picture(2)]);
const shape = [2, 28, 28, 1];

function infer(body: unknown, url = '/v2/models/shop/infer') {
  return app.inject({ method: 'POST', url, payload: body as object });
}

async function inferBinary(json: object, data: Buffer, length?: number) {
  const head = Buffer.from(JSON.stringify(json));
  return app.inject({
    method: 'POST',
    url: '/v2/models/shop/infer',
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(length ?? head.length),
    },
    payload: Buffer.concat([head, data]),
  });
}

describe('metadata and health', () => {
  it('describes the server and the model in the published shapes', async () => {
    for (const url of ['/v2', '/v2/']) {
      const server = (await app.inject(url)).json();
      expectShape('metadata_server_response', server);
      expect(server).toMatchObject({ name: 'selvedge', extensions: ['binary_tensor_data'] });
    }
    for (const url of ['/v2/models/shop', '/v2/models/shop/versions/1']) {
      const described = (await app.inject(url)).json();
      expectShape('metadata_model_response', described);
      expect(described).toMatchObject({ name: 'shop', versions: ['1'], inputs: [{ shape: [-1, 28, 28, 1] }] });
    }
  });

  it('is live and ready, as a server and as a model', async () => {
    for (const url of [
      '/v2/health/live',
      '/v2/health/ready',
      '/v2/models/shop/ready',
      '/v2/models/shop/versions/1/ready',
    ]) {
      expect((await app.inject(url)).statusCode).toBe(200);
    }
    expect((await app.inject('/v2/models/shop/ready')).json()).toEqual({ name: 'shop', ready: true });
  });

  it.each([
    ['/v2/models/shoes', 'unknown-model'],
    ['/v2/models/shop/versions/9', 'unknown-version'],
    ['/v2/models/shop/versions/9/ready', 'unknown-version'],
  ])('%s is not a model: { error } as in the protocol', async (url, code) => {
    const response = await app.inject(url);
    expect(response.statusCode).toBe(404);
    expectShape('metadata_model_error_response', response.json());
    expect(response.json().code).toBe(code);
  });
});

describe('infer', () => {
  it('answers UINT8, flat and nested, with the classifier’s bits, and echoes the id', async () => {
    const expected = await classifier.probabilities(two);
    const flat = [...two];
    const rows = Array.from({ length: 56 }, (_, y) => flat.slice(y * 28, (y + 1) * 28).map((v) => [v]));
    const nested = [rows.slice(0, 28), rows.slice(28)];
    for (const data of [flat, nested]) {
      const request = { id: 'order-66', inputs: [input('UINT8', shape, data)] };
      expectShape('inference_request', request);
      const response = await infer(request, '/v2/models/shop/versions/1/infer');
      const body = response.json();
      expectShape('inference_response', body);
      expect(body).toMatchObject({ id: 'order-66', model_name: 'shop', model_version: '1' });
      expect(body.outputs.map(({ name }: { name: string }) => name)).toEqual(['probabilities', 'label', 'class_name']);
      expect(body.outputs[0].shape).toEqual([2, 10]);
      expect(Float32Array.from(body.outputs[0].data)).toEqual(expected);
      const [label] = body.outputs[1].data;
      expect(body.outputs[2].data[0]).toBe(model.classNames[label]);
    }
  });

  it('answers FP32 that is scaled from pixels with the same bits, and has no id where none was given', async () => {
    const scaled = Array.from(two, (value) => Math.fround(value / 255));
    const body = (await infer({ inputs: [input('FP32', shape, scaled)], outputs: [{ name: 'probabilities' }] })).json();
    expectShape('inference_response', body);
    expect(Object.hasOwn(body, 'id')).toBe(false);
    expect(body.outputs).toHaveLength(1);
    expect(Float32Array.from(body.outputs[0].data)).toEqual(await classifier.probabilities(two));
  });

  it('answers FP32 between two grey levels as it is, not rounded to 8 bits', async () => {
    const scaled = Float32Array.from(two, (value) => Math.min(1, (value + 0.4) / 255));
    const body = (await infer({ inputs: [input('FP32', shape, [...scaled])] })).json();
    const answered = Float32Array.from(body.outputs[0].data);
    expect(answered).toEqual(await classifier.probabilities(scaled));
    expect(answered).not.toEqual(await classifier.probabilities(two));
  });

  it('answers encoded images in base64 as POST /v1/classify does', async () => {
    const request = { inputs: [input('BYTES', [1], [photo.toString('base64')])] };
    expectShape('inference_request', request);
    const body = (await infer(request)).json();
    expectShape('inference_response', body);
    const classified = await app.inject({
      method: 'POST',
      url: '/v1/classify',
      payload: photo,
      headers: { 'content-type': 'image/jpeg' },
    });
    const [{ predictions, conversion }] = classified.json().pictures;
    const [best] = predictions;
    expect(body.parameters).toMatchObject({ calibrated: false, hint: expect.stringContaining('--validation') });
    expect(JSON.parse(body.parameters.conversions)).toEqual([conversion]);
    expect(body.outputs[1].data).toEqual([best.label]);
    expect(Math.max(...body.outputs[0].data)).toBe(best.probability);
  });

  it('takes and returns binary tensors', async () => {
    const expected = await classifier.probabilities(two);
    const floats = Buffer.from(Float32Array.from(two, (value) => value / 255).buffer);
    for (const [datatype, data] of [
      ['UINT8', two],
      ['FP32', floats],
    ] as const) {
      const tensor = { name: 'images', datatype, shape, parameters: { binary_data_size: data.length } };
      const outputs = [
        { name: 'class_name' },
        { name: 'label', parameters: { binary_data: false } },
        { name: 'probabilities' },
      ];
      const response = await inferBinary(
        { id: 'b', inputs: [tensor], outputs, parameters: { binary_data_output: true } },
        data,
      );
      const length = Number(response.headers['inference-header-content-length']);
      const json = JSON.parse(response.rawPayload.subarray(0, length).toString());
      expect(json.id).toBe('b');
      const [names, labels, probabilities] = json.outputs;
      const at = length + names.parameters.binary_data_size;
      const firstLength = response.rawPayload.readUInt32LE(length);
      expect(response.rawPayload.toString('utf8', length + 4, length + 4 + firstLength)).toBe(
        model.classNames[labels.data[0]],
      );
      const bytes = response.rawPayload.subarray(at);
      expect(bytes.equals(Buffer.from(expected.buffer))).toBe(true);
      expect(bytes.length).toBe(probabilities.parameters.binary_data_size);
    }
  });

  it('takes binary encoded images, each after its length', async () => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(photo.length);
    const data = Buffer.concat([length, photo, length, photo]);
    const tensor = { name: 'images', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: data.length } };
    const { outputs } = (await inferBinary({ inputs: [tensor] }, data)).json();
    expect(outputs[0].shape).toEqual([2, 10]);
    expect(outputs[0].data.slice(0, 10)).toEqual(outputs[0].data.slice(10));
  });
});

describe('what is rejected: { error } as in the protocol', () => {
  const zeros = Array(784).fill(0);
  const good = input('UINT8', [1, 28, 28, 1], zeros);
  it.each<[string, string, unknown]>([
    ['bad-json', 'a list', []],
    ['bad-json', 'a number as id', { id: 7, inputs: [good] }],
    ['bad-tensor', 'no inputs', {}],
    ['bad-tensor', 'two inputs', { inputs: [good, good] }],
    ['bad-tensor', 'an input of another name', { inputs: [{ ...good, name: 'x' }] }],
    ['bad-tensor', 'another type', { inputs: [{ ...good, datatype: 'FP64' }] }],
    ['bad-tensor', 'another shape', { inputs: [{ ...good, shape: [1, 784] }] }],
    ['bad-tensor', 'no pictures', { inputs: [{ ...good, shape: [0, 28, 28, 1], data: [] }] }],
    ['bad-tensor', 'too few values', { inputs: [{ ...good, data: zeros.slice(1) }] }],
    ['bad-tensor', 'a pixel of 256', { inputs: [{ ...good, data: [256, ...zeros.slice(1)] }] }],
    ['bad-tensor', 'a pixel of 0.5', { inputs: [{ ...good, data: [0.5, ...zeros.slice(1)] }] }],
    [
      'bad-tensor',
      'FP32 that is not scaled',
      { inputs: [{ ...good, datatype: 'FP32', data: [2, ...zeros.slice(1)] }] },
    ],
    ['bad-tensor', 'text among numbers', { inputs: [{ ...good, data: ['0', ...zeros.slice(1)] }] }],
    ['bad-tensor', 'an output twice', { inputs: [good], outputs: [{ name: 'label' }, { name: 'label' }] }],
    ['bad-tensor', 'an unknown output', { inputs: [good], outputs: [{ name: 'logits' }] }],
    ['too-many-images', '65 pictures', { inputs: [{ ...good, shape: [65, 28, 28, 1] }] }],
    ['bad-base64', 'an image that is no base64', { inputs: [input('BYTES', [1], ['?*!'])] }],
    ['unsupported-image', 'an image of no known format', { inputs: [input('BYTES', [1], ['AAAA'])] }],
  ])('%s: %s', async (code, _, body) => {
    const response = await infer(body);
    expect(response.statusCode).toBeGreaterThanOrEqual(400);
    expect(response.statusCode).toBeLessThan(500);
    expectShape('inference_error_response', response.json());
    expect(response.json()).toMatchObject({ code, error: expect.any(String) });
  });

  it('body-too-large: JSON of more bytes than JSON may have, with any type', async () => {
    const payload = Buffer.alloc(defaultLimits.jsonBytes + 1, ' ');
    for (const type of ['application/json', 'text/plain']) {
      const headers = { 'content-type': type };
      const response = await app.inject({ method: 'POST', url: '/v2/models/shop/infer', payload, headers });
      expect([response.statusCode, response.json().code]).toEqual([413, 'body-too-large']);
    }
  });

  it.each([
    ['lists', '['.repeat(1_000_000)],
    ['names', `{${'"a":1,'.repeat(300_000)}"b":1}`],
    ['numbers', `[${'1,'.repeat(300_000)}1]`],
  ])('bad-json: hundreds of thousands of %s, before they are parsed', async (_, payload) => {
    const headers = { 'content-type': 'application/json' };
    const response = await app.inject({ method: 'POST', url: '/v2/models/shop/infer', payload, headers });
    expect([response.statusCode, response.json().code]).toEqual([400, 'bad-json']);
    expect(response.json().error).toContain('has more than');
  });

  it('an unknown model, before any error of the body', async () => {
    const response = await infer({ inputs: [] }, '/v2/models/shoes/infer');
    expect([response.statusCode, response.json().code]).toEqual([404, 'unknown-model']);
  });

  it.each<[string, Buffer, number | undefined, number]>([
    ['a length beyond the body', two, 99_999, two.length],
    ['a size that is not that of the data', two, undefined, 5],
    ['data that belong to no input', two, undefined, -1],
  ])('bad-tensor: %s', async (_, data, length, size) => {
    const parameters = size < 0 ? {} : { binary_data_size: size };
    const tensor = { name: 'images', datatype: 'UINT8', shape, parameters };
    expect((await inferBinary({ inputs: [tensor] }, data, length)).json()).toMatchObject({ code: 'bad-tensor' });
  });
});
