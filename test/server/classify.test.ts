import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decode, encode } from 'fast-png';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { convertPhoto } from '../../src/core/data/convertPhoto.ts';
import { buildNetwork } from '../../src/core/graph/network.ts';
import { openClassifier } from '../../src/core/model/classifier.ts';
import { openAveragingClassifier } from '../../src/core/model/testTimeAugmentation.ts';
import { nodeEngine } from '../../src/node/engine.ts';
import { decodeImage } from '../../src/node/images/decode.ts';
import { httpErrors } from '../../src/node/server/errors.ts';
import { defaultLimits } from '../../src/node/server/limits.ts';
import { photos } from '../cli/selvedge.ts';
import { form, modelFile, octets, picture, serviceAt, untrained } from './service.ts';

const model = untrained();
const service = await serviceAt(modelFile(model, afterAll), { workers: 2 });
const { app } = service;
const classifier = await openClassifier(model, await nodeEngine(), 1);
afterAll(() => classifier.close());

const photo = readFileSync(join(photos, '10-shirt-green.jpg'));
const expectedOf = async (bytes: Uint8Array) =>
  classifier.probabilities(convertPhoto(await decodeImage(bytes, 'photo')).image.pixels);
const probabilitiesIn = (answer: { predictions: { label: number; probability: number }[] }) =>
  Float32Array.from(
    answer.predictions.toSorted((a, b) => a.label - b.label),
    ({ probability }) => probability,
  );
const post = (payload: Buffer | string, headers: Record<string, string> = octets, url = '/v1/classify') =>
  app.inject({ method: 'POST', url, payload, headers });

describe('POST /v1/classify', () => {
  it('answers 784 bytes with the classifier’s own bits, and names model and version', async () => {
    const response = await post(picture(), octets, '/v1/classify?topK=10');
    expect(response.statusCode).toBe(200);
    const { model: named, calibrated, hint, pictures } = response.json();
    expect(named).toEqual({ name: 'shop', version: '1', digest: expect.stringMatching(/^[0-9a-f]{12}$/) });
    expect(response.headers).toMatchObject({ 'x-model-name': 'shop', 'x-model-version': '1' });
    expect({ calibrated, hint, familiar: pictures[0].familiar }).toEqual({
      calibrated: false,
      hint: expect.stringContaining('--validation 5000'),
      familiar: null,
    });
    expect(probabilitiesIn(pictures[0])).toEqual(await classifier.probabilities(picture()));
  });

  it('answers the three most probable classes, best first, or topK', async () => {
    const three = (await post(picture())).json().pictures[0].predictions;
    const all = (await post(picture(), octets, '/v1/classify?topK=99')).json().pictures[0].predictions;
    expect(all).toHaveLength(10);
    expect(three).toEqual(all.slice(0, 3));
    const probabilities = all.map(({ probability }: { probability: number }) => probability);
    expect(probabilities).toEqual(probabilities.toSorted((a: number, b: number) => b - a));
  });

  it('answers 200 pictures at once with the bits of each alone', async () => {
    const pictures = Array.from({ length: 200 }, (_, n) => picture(n % 20));
    const responses = await Promise.all(pictures.map((one) => post(one, octets, '/v1/classify?topK=10')));
    for (let n = 0; n < 20; n++) {
      const alone = await classifier.probabilities(picture(n));
      for (let at = n; at < responses.length; at += 20) {
        expect(probabilitiesIn(responses[at]!.json().pictures[0])).toEqual(alone);
      }
    }
    const metrics = (await app.inject('/metrics')).body;
    const [, batches] = /selvedge_batch_pictures_count\{.*\} (\d+)/.exec(metrics)!;
    expect(Number(batches)).toBeLessThan(200);
  });

  it('takes several pictures in one body', async () => {
    const response = await post(Buffer.concat([picture(1), picture(2), picture(3)]), octets, '/v1/classify?topK=10');
    const { pictures } = response.json();
    expect(pictures).toHaveLength(3);
    for (const [n, answer] of pictures.entries()) {
      expect(probabilitiesIn(answer)).toEqual(await classifier.probabilities(picture(n + 1)));
    }
    const most = await post(Buffer.alloc(64 * 784), octets);
    expect([most.statusCode, most.json().pictures.length]).toEqual([200, 64]);
  });

  it.each(['image/jpeg', 'application/octet-stream', 'application/x-www-form-urlencoded', 'image/png'])(
    'converts a photo as predict does, sent as %s: recognised by its first bytes',
    async (type) => {
      const response = await post(photo, { 'content-type': type }, '/v1/classify?topK=10');
      const [answer] = response.json().pictures;
      expect(answer.conversion).toMatchObject({ kind: 'converted', polarity: 'dark-on-light', inverted: true });
      expect(probabilitiesIn(answer)).toEqual(await expectedOf(photo));
    },
  );

  it('takes PNG, JPEG and WebP in one form, parameters among them', async () => {
    const images = [
      await sharp(photo).png().toBuffer(),
      photo,
      await sharp(photo).resize(60).webp({ lossless: true }).toBuffer(),
    ];
    const { headers, payload } = form([['topK', '10'], ...images.map((image) => ['image', image] as const)]);
    const { pictures } = (await post(payload, headers)).json();
    expect(pictures).toHaveLength(3);
    for (const [n, answer] of pictures.entries()) expect(probabilitiesIn(answer)).toEqual(await expectedOf(images[n]!));
  });

  it('takes a grey 28×28 PNG as it is, and a light garment on a dark background without negating it', async () => {
    const grey = Buffer.from(encode({ width: 28, height: 28, channels: 1, data: picture(4) }));
    const [asIs] = (await post(grey, { 'content-type': 'image/png' }, '/v1/classify?topK=10')).json().pictures;
    expect(asIs.conversion).toEqual({ kind: 'as-is' });
    expect(probabilitiesIn(asIs)).toEqual(await classifier.probabilities(picture(4)));
    const negative = await sharp(photo).negate().png().toBuffer();
    const [answer] = (await post(negative, { 'content-type': 'image/png' })).json().pictures;
    expect(answer.conversion).toMatchObject({ polarity: 'light-on-dark', inverted: false });
  });

  it('explains with a heat map as PNG and at most ten key pixels', async () => {
    const { headers, payload } = form([
      ['image', photo],
      ['explain', 'true'],
      ['image', photo],
    ]);
    const { pictures } = (await post(payload, headers)).json();
    for (const { explanation, predictions } of pictures) {
      expect(explanation).toMatchObject({
        method: 'integratedGradients',
        layer: null,
        label: predictions[0].label,
      });
      const { width, height, channels } = decode(Buffer.from(explanation.heatMapPng, 'base64'));
      expect([width, height, channels]).toEqual([112, 112, 3]);
      expect(explanation.keyPixels.length).toBeLessThanOrEqual(10);
      for (const { x, y, share } of explanation.keyPixels) {
        expect(x).toBeLessThan(28);
        expect(y).toBeLessThan(28);
        expect(share).toBeGreaterThan(0);
      }
    }
  });

  it('GET /v1/models lists the models', async () => {
    const { models } = (await app.inject('/v1/models')).json();
    expect(models).toEqual([
      {
        name: 'shop',
        version: '1',
        digest: expect.any(String),
        inputShape: [28, 28, 1],
        photos: 'garment',
        classNames: model.classNames,
        parameters: model.network.parameterCount,
        calibrated: false,
      },
    ]);
  });
});

describe('test-time augmentation', () => {
  it('is what each protocol’s probabilities are averaged with, and /v1/models reports its passes', async () => {
    const { app } = await serviceAt(modelFile(model), { testTimeAugmentation: ['flip'] });
    const [served] = (await app.inject('/v1/models')).json().models;
    expect(served.testTimeAugmentation).toEqual({ transforms: ['flip'], passes: 2 });
    const classifier = await openAveragingClassifier(model, await nodeEngine(), 1, ['flip']);
    const expected = await classifier.probabilities(Buffer.concat([picture(1), picture(2)]));
    await classifier.close();
    const post = (url: string, payload: unknown) =>
      app.inject({ method: 'POST', url, payload: payload as Buffer, headers: octets });
    const { pictures } = (await post('/v1/classify?topK=10', Buffer.concat([picture(1), picture(2)]))).json();
    for (const [n, { predictions }] of pictures.entries()) {
      for (const { label, probability } of predictions) expect(probability).toBe(expected[10 * n + label]);
    }
    const scores = (await post('/models/shop?topK=10', picture(2))).json();
    expect(scores[0].score).toBe(Math.max(...expected.subarray(10)));
  });
});

describe('bad input: its own status, code and sentence', () => {
  const png = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#fff' } });
  const headerOf = (width: number, height: number) => {
    const header = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\0', 'latin1');
    header.writeUInt32BE(width, 16);
    header.writeUInt32BE(height, 20);
    return header;
  };
  const manyParts = form(Array.from({ length: 65 }, () => ['image', picture()] as const));
  const damaged = photo.subarray(0, 5000);
  it.each<
    [keyof typeof httpErrors, string, () => Promise<Buffer | string> | Buffer | string, Record<string, string>, string?]
  >([
    ['empty-body', 'no body', () => '', octets],
    ['bad-pixels', '783 bytes', () => picture().subarray(1), octets],
    ['too-many-images', '65 pictures', () => Buffer.alloc(65 * 784), octets],
    ['too-many-images', '65 files', () => manyParts.payload, manyParts.headers],
    ['too-many-images', '9 pictures to explain', () => Buffer.alloc(9 * 784), octets, '?explain=true'],
    ['unsupported-body', 'text', () => 'a shoe', { 'content-type': 'text/plain' }],
    ['unsupported-image', 'a GIF', () => png(9, 9).gif().toBuffer(), { 'content-type': 'image/gif' }],
    ['damaged-image', 'half a JPEG', () => damaged, { 'content-type': 'image/jpeg' }],
    ['damaged-image', 'the first bytes of a PNG', () => Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), octets],
    ['no-garment', 'an even picture', () => png(90, 60).png().toBuffer(), { 'content-type': 'image/png' }],
    ['no-garment', 'a small even picture', () => png(30, 30).png().toBuffer(), { 'content-type': 'image/png' }],
    ['too-many-pixels', '30 megapixels', () => headerOf(6000, 5000), { 'content-type': 'image/png' }],
    ['bad-multipart', 'no boundary', () => 'x', { 'content-type': 'multipart/form-data' }],
    ['bad-multipart', 'a form cut short', () => form([['image', photo]]).payload.subarray(0, 900), form([]).headers],
    ['bad-multipart', 'a form without an image', () => form([['topK', '3']]).payload, form([]).headers],
    ['empty-body', 'an empty file', () => form([['image', new Uint8Array()]]).payload, form([]).headers],
    ['bad-parameter', 'topK=0', () => picture(), octets, '?topK=0'],
    ['bad-parameter', 'topK twice', () => picture(), octets, '?topK=1&topK=2'],
    [
      'bad-parameter',
      'a field twice',
      () =>
        form([
          ['topK', '1'],
          ['topK', '2'],
          ['image', photo],
        ]).payload,
      form([]).headers,
    ],
    ['bad-parameter', 'explain=yes', () => picture(), octets, '?explain=yes'],
    ['bad-parameter', 'an unknown parameter', () => picture(), octets, '?top_k=3'],
    [
      'bad-parameter',
      'an unknown field',
      () =>
        form([
          ['image', photo],
          ['colour', 'red'],
        ]).payload,
      form([]).headers,
    ],
    ['unknown-model', 'another model', () => picture(), octets, '?model=shoes'],
    ['unknown-version', 'another version', () => picture(), octets, '?version=7'],
    ['body-too-large', '17 MiB', () => Buffer.alloc(17 * 2 ** 20), octets],
    ['past-deadline', 'no time', () => photo, { 'content-type': 'image/jpeg' }, '?deadlineMs=1'],
  ])('%s: %s', async (code, _, payload, headers, query = '') => {
    const response = await post(await payload(), headers, `/v1/classify${query}`);
    expect({ status: response.statusCode, body: response.json() }).toEqual({
      status: httpErrors[code].status,
      body: { code, error: expect.stringMatching(/^[A-Z].{10,}\.$/s) },
    });
  });

  it('an unknown address, and one with broken escapes', async () => {
    expect((await app.inject('/v1/nothing')).json()).toMatchObject({ code: 'unknown-route' });
    expect((await app.inject('/v1/%ff')).json()).toMatchObject({ code: 'bad-request' });
  });

  it.each([
    ['GET', '/v1/classify', 'POST'],
    ['PUT', '/v1/classify/', 'POST'],
    ['DELETE', '/v1/models?a=b', 'GET, HEAD'],
    ['POST', '/v2/models/shop', 'GET, HEAD'],
    ['PUT', '/', 'POST, GET, HEAD'],
  ] as const)('%s %s: 405, and the methods that it takes', async (method, url, allow) => {
    const response = await app.inject({ method, url });
    expect([response.statusCode, response.json().code, response.headers['allow']]).toEqual([
      405,
      'wrong-method',
      allow,
    ]);
  });

  it('explanations that are not all ready in time are none: 504 at the deadline, and the next is answered', async () => {
    const eight = Buffer.concat(Array.from({ length: 8 }, (_, n) => picture(n)));
    const late = await post(eight, octets, '/v1/classify?explain=true&deadlineMs=60');
    expect([late.statusCode, late.json().code]).toEqual([504, 'past-deadline']);
    const all = await Promise.all(
      [1, 2, 3].map(() => post(eight, octets, '/v1/classify?explain=true&deadlineMs=60000')),
    );
    expect(all.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
    expect((await post(picture(), octets, '/v1/classify?explain=true')).statusCode).toBe(200);
  });

  it('a compressed body: 415, and that it should be sent as it is', async () => {
    const response = await post(gzipSync(picture()), { ...octets, 'content-encoding': 'gzip' });
    expect([response.statusCode, response.json()]).toEqual([
      415,
      { code: 'unsupported-body', error: 'Content encodings such as gzip are not supported: send the body as it is.' },
    ]);
  });

  it('logs a line for each request with its id, and nothing of its body or query', async () => {
    await post('secret bytes', { ...octets, 'x-request-id': 'trace-7' }, '/v1/classify?model=hidden');
    const line = service.lines.find((text) => text.includes('trace-7'))!;
    expect(JSON.parse(line)).toMatchObject({ id: 'trace-7', method: 'POST', path: '/v1/classify', status: 404 });
    expect(service.lines.join('')).not.toMatch(/secret bytes|hidden/);
  });
});

it('a model of another input size takes raw pixels, and refuses photos, which it cannot convert', async () => {
  const small = untrained(1, [
    { type: 'input', shape: [4, 4, 3] },
    { type: 'flatten' },
    { type: 'dense', units: 10, activation: 'softmax' },
  ]);
  expect(buildNetwork(small.network.spec).parameterCount).toBe(490);
  const { app: other } = await serviceAt(modelFile(small, afterAll), { limits: defaultLimits });
  const raw = await other.inject({
    method: 'POST',
    url: '/v1/classify',
    payload: Buffer.alloc(96, 7),
    headers: octets,
  });
  expect(raw.json().pictures).toHaveLength(2);
  const refused = await other.inject({ method: 'POST', url: '/v1/classify', payload: photo, headers: octets });
  expect(refused.json()).toMatchObject({ code: 'no-conversion' });
  const why = await other.inject({
    method: 'POST',
    url: '/v1/classify?explain=true',
    payload: Buffer.alloc(48, 7),
    headers: octets,
  });
  expect(why.json().pictures[0].explanation).toMatchObject({ method: 'integratedGradients', layer: null });
});
