import { decode } from 'fast-png';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { preparePhoto } from '../../src/core/data/fitPicture.ts';
import { encodePng } from '../../src/core/formats/png.ts';
import { openClassifier } from '../../src/core/model/classifier.ts';
import { nodeEngine } from '../../src/node/engine.ts';
import { decodeImage } from '../../src/node/images/decode.ts';
import { colourModel, colourPhoto } from '../fixtures/colourModel.ts';
import { form, modelFile, octets, serviceAt } from './service.ts';

const model = colourModel();
const { app } = await serviceAt(modelFile(model, afterAll), { workers: 2 });
const classifier = await openClassifier(model, await nodeEngine(), 1);
afterAll(() => classifier.close());

const green = colourPhoto(150, 200, [20, 200, 40]);
const jpeg = await sharp(green.pixels, { raw: { width: 200, height: 150, channels: 3 } })
  .jpeg()
  .toBuffer();
const { image: input } = preparePhoto(await decodeImage(jpeg, 'photo'), model.preprocessing);
const expected = [...(await classifier.probabilities(input.pixels))];
const resized = { kind: 'resized', from: [150, 200] };

const post = (url: string, payload: Buffer | object, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url, payload: payload as Buffer, headers });
const byLabel = (predictions: { label: number; probability: number }[]) =>
  predictions.toSorted((a, b) => a.label - b.label).map(({ probability }) => probability);

describe('a model that takes photos whole, in colour', () => {
  it('POST /v1/classify resizes a photo of any size, and takes raw pixels of its input', async () => {
    const answer = (await post('/v1/classify', jpeg, { 'content-type': 'image/jpeg' })).json();
    expect(answer.pictures[0].conversion).toEqual(resized);
    expect(answer.pictures[0].predictions[0].name).toBe('green');
    expect(byLabel(answer.pictures[0].predictions)).toEqual(expected);
    const raw = (await post('/v1/classify', Buffer.from(input.pixels), octets)).json();
    expect(raw.pictures[0].conversion).toEqual({ kind: 'as-is' });
    expect(byLabel(raw.pictures[0].predictions)).toEqual(expected);
  });

  it('photos of three sizes in one form', async () => {
    const sizes = [
      [8, 300],
      [32, 32],
      [700, 500],
    ] as const;
    const photos = sizes.map(([height, width]) => Buffer.from(encodePng(colourPhoto(height, width, [250, 10, 10]))));
    const { headers, payload } = form(photos.map((photo) => ['image', photo] as const));
    const { pictures } = (await post('/v1/classify', payload, headers)).json();
    const from = pictures.map(({ conversion }: { conversion: { from: number[] } }) => conversion.from);
    expect(from).toEqual(sizes.map((size) => [...size]));
    for (const { predictions } of pictures) expect(predictions[0].name).toBe('red');
  });

  it('Hugging Face’s and the Open Inference Protocol give the same bits and say how', async () => {
    const scores = await post('/models/shop', { inputs: jpeg.toString('base64') });
    expect(JSON.parse(scores.headers['x-conversion'] as string)).toEqual(resized);
    const labels = scores.json().map(({ label }: { label: string }) => model.classNames.indexOf(label));
    expect(scores.json().map(({ score }: { score: number }) => score)).toEqual(labels.map((y: number) => expected[y]));
    const inputs = [{ name: 'images', datatype: 'BYTES', shape: [1], data: [jpeg.toString('base64')] }];
    const tensors = (await post('/v2/models/shop/infer', { inputs })).json();
    expect(JSON.parse(tensors.parameters.conversions)).toEqual([resized]);
    expect(tensors.outputs[0].data).toEqual(expected);
    const data = Array.from(input.pixels);
    const pixels = [{ name: 'images', datatype: 'UINT8', shape: [1, 32, 32, 3], data }];
    expect((await post('/v2/models/shop/infer', { inputs: pixels })).json().outputs[0].data).toEqual(expected);
  });

  it('an even photo is no error: nothing is looked for in it', async () => {
    const even = await sharp({ create: { width: 60, height: 90, channels: 3, background: '#0000ff' } })
      .png()
      .toBuffer();
    const { pictures } = (await post('/v1/classify', even, { 'content-type': 'image/png' })).json();
    expect(pictures[0].predictions[0].name).toBe('blue');
  });

  it('explains in colour, at 128×128 for an input of 32×32', async () => {
    const { pictures } = (await post('/v1/classify?explain=true', jpeg, { 'content-type': 'image/jpeg' })).json();
    const { heatMapPng, keyPixels } = pictures[0].explanation;
    const { width, height, data } = decode(Buffer.from(heatMapPng, 'base64'));
    expect([width, height]).toEqual([128, 128]);
    const middle = (64 * 128 + 64) * 3;
    // Half of the photo's green; red and blue have evidence in them.
    expect(data[middle + 1]).toBe(input.pixels[(16 * 32 + 16) * 3 + 1]! >> 1);
    expect(data[middle]! + data[middle + 2]!).toBeLessThan(255 + 20);
    expect(keyPixels.length).toBe(10);
  });

  it('the metadata say so: /v1/models, and the tensors of the Open Inference Protocol', async () => {
    const [served] = (await app.inject('/v1/models')).json().models;
    expect(served).toMatchObject({ inputShape: [32, 32, 3], photos: 'whole' });
    const { inputs } = (await app.inject('/v2/models/shop')).json();
    expect(inputs).toEqual([{ name: 'images', datatype: 'UINT8', shape: [-1, 32, 32, 3] }]);
  });
});

it('a model that takes photos as garments shrinks or enlarges the garment, and refuses an even photo', async () => {
  const garment = colourModel({ photos: 'garment', negate: true });
  const { app: other } = await serviceAt(modelFile(garment, afterAll));
  const send = (payload: Buffer) => other.inject({ method: 'POST', url: '/v1/classify', payload, headers: octets });
  const { conversion, predictions } = (await send(jpeg)).json().pictures[0];
  expect(conversion).toMatchObject({ kind: 'converted', inverted: true });
  const { image } = preparePhoto(await decodeImage(jpeg, 'photo'), garment.preprocessing);
  expect(byLabel(predictions)).toEqual([...(await classifier.probabilities(image.pixels))]);
  const even = await sharp({ create: { width: 60, height: 90, channels: 3, background: '#0000ff' } })
    .png()
    .toBuffer();
  expect((await send(even)).json()).toMatchObject({ code: 'no-garment' });
  expect((await other.inject('/v1/models')).json().models[0].photos).toBe('garment');
});
