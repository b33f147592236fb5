import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { isHttpError } from '../../src/node/server/errors.ts';
import { defaultLimits } from '../../src/node/server/limits.ts';
import { parseMultipart } from '../../src/node/server/protocols/multipart.ts';
import { readInferenceRequest } from '../../src/node/server/protocols/openInference/request.ts';
import { readTensor } from '../../src/node/server/protocols/openInference/tensors.ts';
import { photos } from '../cli/selvedge.ts';
import { form, modelFile, octets, picture, serviceAt, untrained } from './service.ts';

const { app } = await serviceAt(modelFile(untrained(), afterAll));

/** Calls something that may only throw an HttpError. */
function orHttpError<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    expect(isHttpError(error), String(error)).toBe(true);
    return undefined;
  }
}

/** Bytes with some changed, or cut short. */
const mutated = (original: Buffer) =>
  fc
    .record({
      changes: fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { maxLength: 12 }),
      length: fc.oneof({ weight: 3, arbitrary: fc.constant(original.length) }, fc.nat(original.length)),
    })
    .map(({ changes, length }) => {
      const bytes = Buffer.from(original);
      for (const [at, value] of changes) bytes[at] = value;
      return bytes.subarray(0, length);
    });

const mostJson = defaultLimits.jsonBytes;
const aPhoto = readFileSync(join(photos, '05-pullover-thumbnail.jpg'));
const aForm = form([
  ['topK', '3'],
  ['image', aPhoto],
]);
const tensor = { name: 'images', datatype: 'UINT8', shape: [1, 28, 28, 1], data: [...picture()] };
const aRequest = Buffer.from(JSON.stringify({ id: 'a', inputs: [tensor], outputs: [{ name: 'label' }] }));
const binary = Buffer.from(
  JSON.stringify({ inputs: [{ ...tensor, data: undefined, parameters: { binary_data_size: 784 } }] }),
);

describe('the parsers', () => {
  it('multipart: parts come back as they were sent, with any bytes in them', () => {
    const name = fc.stringMatching(/^[\w-]{1,12}$/);
    const part = fc.tuple(name, fc.uint8Array({ maxLength: 200 }));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const { headers, payload } = form(parts);
        const read = parseMultipart(payload, headers['content-type'], 10);
        expect(read.map((one) => [one.name, Uint8Array.from(one.data)])).toEqual(parts);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it('multipart: any bytes are parts or an HttpError', () => {
    const any = fc.oneof(mutated(aForm.payload), fc.uint8Array({ maxLength: 300 }).map(Buffer.from));
    const type = fc.oneof(fc.constant(aForm.headers['content-type']), fc.string());
    fc.assert(
      fc.property(any, type, (bytes, contentType) => {
        orHttpError(() => parseMultipart(Buffer.from(bytes), contentType, 4));
      }),
      { numRuns: 600, seed: 1 },
    );
  });

  it('inference requests: any JSON is a tensor or an HttpError', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('UINT8', 'FP32', 'BYTES', 'images', [1, 28, 28, 1], [1], 784),
    );
    const json = fc.record(
      {
        id: fc.oneof(fc.string(), value),
        inputs: fc.oneof(
          value,
          fc.tuple(
            fc.record(
              { name: fc.constant('images'), datatype: value, shape: value, data: value, parameters: value },
              { requiredKeys: ['name'] },
            ),
          ),
        ),
        outputs: value,
        parameters: value,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(json, (body) => {
        const read = orHttpError(() => readInferenceRequest(Buffer.from(JSON.stringify(body)), undefined, mostJson));
        if (read) orHttpError(() => readTensor(read.input, [28, 28, 1]));
      }),
      { numRuns: 600, seed: 1 },
    );
  });

  it('binary tensors: any bytes after any length are a tensor or an HttpError', () => {
    const bodies = fc.oneof(
      mutated(Buffer.concat([binary, picture()])),
      fc.uint8Array({ maxLength: 64 }).map(Buffer.from),
    );
    fc.assert(
      fc.property(bodies, fc.oneof(fc.constant(binary.length), fc.nat(2000)), (body, length) => {
        const read = orHttpError(() => readInferenceRequest(Buffer.from(body), length, mostJson));
        if (read) orHttpError(() => readTensor(read.input, [28, 28, 1]));
      }),
      { numRuns: 600, seed: 1 },
    );
  });

  it('binary elements: wrong lengths are rejected', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (bytes, count) => {
        const data = { datatype: 'BYTES' as const, shape: [count], data: undefined, binary: Buffer.from(bytes) };
        const read = orHttpError(() => readTensor(data, [28, 28, 1]));
        if (read?.kind !== 'images') return;
        expect(read.images.reduce((sum, image) => sum + 4 + image.length, 0)).toBe(bytes.length);
      }),
      { numRuns: 400, seed: 1 },
    );
  });

  it('binary elements: as many as the shape says are read, with nothing behind them', () => {
    const elements = fc.array(fc.uint8Array({ maxLength: 9 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(elements, fc.integer({ min: 1, max: 4 }), fc.uint8Array({ maxLength: 3 }), (sent, count, behind) => {
        const prefixed = sent.flatMap((bytes) => [Buffer.of(bytes.length, 0, 0, 0), bytes]);
        const binary = Buffer.concat([...prefixed, behind]);
        const data = { datatype: 'BYTES' as const, shape: [count], data: undefined, binary };
        const read = orHttpError(() => readTensor(data, [28, 28, 1]));
        const images = read?.kind === 'images' ? read.images.map((image) => [...image]) : undefined;
        const isWhole = count === sent.length && behind.length === 0;
        expect(images).toEqual(isWhole ? sent.map((bytes) => [...bytes]) : undefined);
      }),
      { numRuns: 400, seed: 1 },
    );
  });
});

describe('the service', () => {
  it('answers 300 mutated requests with anything but 5xx, and then a good one', async () => {
    const header = fc.oneof(
      fc.constantFrom(
        '',
        'application/json',
        'multipart/form-data; boundary=x',
        'image/png',
        'text/html;;;',
        '*/*',
        'a/b; c',
      ),
      fc.string({ maxLength: 30 }).map((text) => text.replace(/[^\x20-\x7e]/g, '?')),
    );
    const url = fc.constantFrom(
      '/v1/classify',
      '/',
      '/models/shop',
      '/v2/models/shop/infer',
      '/v1/classify?explain=true&topK=1',
    );
    const sound: readonly (readonly [string, Buffer, Record<string, string>])[] = [
      ['/v1/classify', aForm.payload, aForm.headers],
      ['/v1/classify', aPhoto, { 'content-type': 'image/jpeg' }],
      ['/v2/models/shop/infer', aRequest, { 'content-type': 'application/json' }],
      [
        '/v2/models/shop/infer',
        Buffer.concat([binary, picture()]),
        { ...octets, 'inference-header-content-length': String(binary.length) },
      ],
    ];
    const request = fc.oneof(
      ...sound.map(([to, payload, headers]) => mutated(payload).map((bytes) => ({ url: to, payload: bytes, headers }))),
      fc.record({ url, payload: mutated(aRequest), headers: header.map((type) => ({ 'content-type': type })) }),
      fc.record({
        url,
        payload: fc.uint8Array({ maxLength: 900 }).map(Buffer.from),
        headers: header.map((type) => ({ 'content-type': type })),
      }),
    );
    await fc.assert(
      fc.asyncProperty(request, async ({ url: to, payload, headers }) => {
        const response = await app.inject({
          method: 'POST',
          url: to,
          payload: Buffer.from(payload),
          headers: headers as Record<string, string>,
        });
        expect(response.statusCode, response.body).toBeLessThan(500);
        if (response.statusCode >= 400)
          expect(response.json()).toMatchObject({ error: expect.any(String), code: expect.any(String) });
      }),
      { numRuns: 300, seed: 1 },
    );
    for (const [to, payload, headers] of sound) {
      expect((await app.inject({ method: 'POST', url: to, payload, headers })).statusCode).toBe(200);
    }
  });
});
