import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { normalised } from '../../src/core/catalogue/similarity/vectors.ts';
import { fitPicture } from '../../src/core/data/fitPicture.ts';
import { writeModel } from '../../src/core/formats/modelFile.ts';
import { builtinNetwork } from '../../src/core/graph/builtin.ts';
import { initialParameters } from '../../src/core/graph/initialise.ts';
import { buildNetwork } from '../../src/core/graph/network.ts';
import { openClassifier } from '../../src/core/model/classifier.ts';
import { preparePictures } from '../../src/node/catalogue/pictures/pictureTask.ts';
import { openPretrained } from '../../src/node/catalogue/process/pretrained.ts';
import { describeModel, openTagger } from '../../src/node/catalogue/process/tagger.ts';
import { nodeEngine } from '../../src/node/engine.ts';
import { photos } from '../cli/selvedge.ts';
import { colourModel } from '../fixtures/colourModel.ts';

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

/** An untrained network of the data set's pictures. */
function greyModel() {
  const network = buildNetwork(builtinNetwork('small'));
  const classNames = Array.from({ length: 10 }, (_, i) => `class ${i}`);
  return {
    network,
    parameters: initialParameters(network, 3),
    classNames,
    preprocessing: { divideBy: 255, reshape: [28, 28, 1], labels: 'oneHot' as const },
  };
}

test('the embedding of a grey garment is half the model’s features, half the pretrained ones of the picture enlarged and negated', async () => {
  const model = greyModel();
  const file = writeModel(model);
  const engine = await nodeEngine();
  const tagger = await openTagger(file, 'model.safetensors', 1);
  closing.push(tagger.close);
  const pretrained = await openPretrained(engine, 1);
  closing.push(pretrained.close);
  const own = await openClassifier(model, engine, 1);
  closing.push(own.close);

  const bytes = readFileSync(join(photos, '01-tshirt-shop.jpg'));
  const [picture] = await preparePictures({
    pictures: [{ name: 'a shirt', bytes }],
    target: tagger.target,
    ...(tagger.fitted && { fitted: tagger.fitted }),
  });
  if (!picture || 'reason' in picture || !picture.input || 'reason' in picture.input) throw new Error('no picture');
  const [answer] = await tagger.answer([{ digest: picture.digest, input: picture.input }]);

  const { image } = picture.input;
  const { features, probabilities } = await own.answers(image.pixels);
  const other = await pretrained.features(fitPicture(image, [64, 64, 3], true).pixels);
  expect(answer!.probabilities).toEqual(probabilities);
  const half = (vector: Float32Array) => normalised(vector).map((value) => value * Math.SQRT1_2);
  const expected = [...half(features), ...half(other)];
  expect(answer!.features).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(answer!.features[i]).toBeCloseTo(value, 6);
  expect((await describeModel(file, 'model.safetensors')).dimensions).toBe(expected.length);
});

test('a model of whole photos in colour has its own features alone', async () => {
  expect((await describeModel(writeModel(colourModel()), 'model.safetensors')).dimensions).toBe(6);
});

test('a model to which photos are not converted is refused with a sentence', async () => {
  const { network, parameters, ...model } = greyModel();
  const odd = buildNetwork([
    { type: 'input', shape: [12, 12, 1] },
    { type: 'flatten' },
    { type: 'dense', units: 8, activation: 'relu' },
    { type: 'dense', units: 10, activation: 'softmax' },
  ]);
  const file = writeModel({
    ...model,
    network: odd,
    parameters: initialParameters(odd, 1),
    preprocessing: { ...model.preprocessing, reshape: [12, 12, 1] },
  });
  await expect(describeModel(file, 'odd.safetensors')).rejects.toThrow(
    /^odd\.safetensors takes pictures to which photos are not converted; /,
  );
});
