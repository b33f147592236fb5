import { expect, test } from 'vitest';
import { createRecorder } from '../../src/core/compile/recorder.ts';
import type { PixelImage } from '../../src/core/data/images.ts';
import { preprocessingFor } from '../../src/core/data/preprocessing.ts';
import { answerPictures } from '../../src/core/evaluation/predictions.ts';
import { buildNetwork } from '../../src/core/graph/network.ts';
import { givenPicture } from '../../src/core/inspection/pictures.ts';
import { recordImages } from '../../src/core/inspection/recording.ts';
import { openClassifier } from '../../src/core/model/classifier.ts';
import { inlineEngine as engine } from './engines.ts';

const network = buildNetwork([
  { type: 'input', shape: [2, 3, 1] },
  { type: 'flatten' },
  { type: 'dense', units: 2, activation: 'softmax' },
]);
const model = {
  network,
  parameters: new Float32Array(network.parameterCount),
  preprocessing: preprocessingFor(network.inputShape),
  classNames: ['a', 'b'],
};
const sentence =
  "The network's input has 13 values, not a multiple of the 6 of an image [2, 3, 1]; pass all values of every image.";
const refusal = { code: 'bad-image', message: sentence };

test('a classifier refuses values that are not whole images, 8-bit or float32, and answers the next', async () => {
  const classifier = await openClassifier(model, engine, 1);
  await expect(classifier.probabilities(new Uint8Array(13))).rejects.toMatchObject(refusal);
  await expect(classifier.answers(new Float32Array(13))).rejects.toMatchObject(refusal);
  expect(await classifier.probabilities(new Uint8Array(12))).toEqual(new Float32Array(4).fill(0.5));
  await classifier.close();
});

test('a recorder refuses values that are not whole images, and records the next', async () => {
  const recorder = await createRecorder({ ...model, engine, threads: 1, images: 3 });
  await expect(recorder.forward(new Float32Array(13))).rejects.toMatchObject(refusal);
  await recorder.forward(new Float32Array(12));
  expect(recorder.activation(network.output.name)).toEqual(new Float32Array(4).fill(0.5));
  await recorder.close();
  const target = { ...model, untrained: model.parameters, engine, threads: 1 };
  await expect(recordImages(target, new Uint8Array(13))).rejects.toMatchObject(refusal);
});

test('a picture with more or fewer values than its shape is refused by its name', async () => {
  const picture = (values: number): PixelImage => ({
    pixels: new Uint8Array(values),
    height: 2,
    width: 3,
    channels: 1,
  });
  const inWords = (name: string) =>
    `${name} has 7 values, but a picture of [2, 3, 1] has 6; pass one for each pixel and channel.`;
  const classifier = await openClassifier(model, engine, 1);
  await expect(answerPictures(classifier, [picture(6), picture(7), picture(5)], 1)).rejects.toMatchObject({
    code: 'bad-image',
    message: inWords('Picture 2'),
  });
  expect(await answerPictures(classifier, [picture(6)], 1)).toHaveLength(1);
  await classifier.close();
  expect(() => givenPicture(picture(7), 'photo.png', 'unchanged', network.inputShape)).toThrow(inWords('photo.png'));
});
