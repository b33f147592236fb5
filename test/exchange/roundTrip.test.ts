import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/bytes.ts';
import type { PictureForm } from '../../src/core/data/images.ts';
import { preprocessingFor } from '../../src/core/data/preprocessing.ts';
import { randomSequence } from '../../src/core/engine/random.ts';
import { hubFiles } from '../../src/core/formats/hub.ts';
import type { ExportForm } from '../../src/core/formats/onnx/describe.ts';
import { writeOnnx } from '../../src/core/formats/onnx/exportModel.ts';
import { readOnnx } from '../../src/core/formats/onnx/importModel.ts';
import { builtinNetwork } from '../../src/core/graph/builtin.ts';
import { initialParameters } from '../../src/core/graph/initialise.ts';
import type { Layer } from '../../src/core/graph/layer.ts';
import { buildNetwork, type Network } from '../../src/core/graph/network.ts';
import { referenceNetwork } from '../../src/core/graph/reference.ts';
import { sizeOf } from '../../src/core/graph/shape.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import type { Model } from '../../src/core/model/model.ts';
import type { ReliabilityMetadata } from '../../src/core/model/reliability.ts';
import { classes, randomGraph, randomInputs, randomParameters } from '../engine/randomGraphs.ts';
import { colourModel } from '../fixtures/colourModel.ts';

const classNames = Array.from({ length: classes }, (_, i) => `class ${i}`);
const forms: readonly ExportForm[] = [
  { input: 'float32', output: 'probabilities' },
  { input: 'uint8', output: 'probabilities' },
  { input: 'float32', output: 'logits', inputName: 'pixel_values' },
];

function modelOf(spec: readonly LayerSpec[], parametersOf: (network: Network) => Float32Array): Model {
  const network = buildNetwork(spec);
  return {
    network,
    parameters: parametersOf(network),
    classNames,
    preprocessing: preprocessingFor(network.inputShape),
  };
}

const error = { images: 4, before: 0.2, after: 0.1, lossBefore: 1, lossAfter: 0.5 };
const reliability: ReliabilityMetadata = {
  calibration: { temperature: 0.7, fittedTemperature: 0.7, bins: 15, validation: error, test: error },
  familiarity: null,
  sets: { fitted: 10, validation: 4, test: 4 },
  selvedge: '1.2.3',
};

/** Bytes by layer and role. The last layer before softmax is called by the file's output where that is the logits. */
function weightsOf({ network, parameters }: Model): Map<string, Buffer> {
  const logits = network.output.inputs[0]!.name;
  return new Map(
    network.parameters.map(({ name, offset, size }) => [
      name.startsWith(`${logits}/`) ? name.replace(logits, 'the logits') : name,
      Buffer.from(parameters.buffer, parameters.byteOffset + offset * 4, size * 4),
    ]),
  );
}

/** The names of the parameters that one model lacks, or whose bits differ. */
function differing(a: Model, b: Model): string[] {
  const [ofA, ofB] = [weightsOf(a), weightsOf(b)];
  return [...new Set([...ofA.keys(), ...ofB.keys()])].filter((name) => {
    const [one, other] = [ofA.get(name), ofB.get(name)];
    return !one || !other || !one.equals(other);
  });
}

function outputOf({ network, parameters }: Model, x: Float32Array): Float64Array {
  return referenceNetwork(network, parameters, x).activations.get(network.output.name)!;
}

describe('import(export(m))', () => {
  const count = 60;
  test.each(forms)(`of ${count} random graphs, $input in, $output out: the same parameter bits and outputs`, (form) => {
    for (let i = 0; i < count; i++) {
      const random = randomSequence(2025, 1, i);
      const model = modelOf(randomGraph(random), (network) => randomParameters(network, random));
      const given = i % 3 === 0 ? { ...model, reliability } : model;
      const read = readOnnx(writeOnnx(given, form, '1.2.3').bytes, `graph ${i}`).model;
      expect(differing(read, model), `graph ${i}`).toEqual([]);
      const x = randomInputs(2 * sizeOf(model.network.inputShape), random);
      const [expected, got] = [outputOf(model, x), outputOf(read, x)];
      const worst = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - got[at]!)), 0);
      expect(worst, `graph ${i}`).toBeLessThan(1e-7);
      const { classNames, preprocessing, reliability: metadata } = given;
      expect(read, `graph ${i}`).toMatchObject({ classNames, preprocessing });
      expect(read.reliability, `graph ${i}`).toEqual(metadata);
    }
  });

  /** A layer's type, shape, and what it reads. */
  const described = ({ spec, outputShape, inputs }: Layer, names: ReadonlyMap<Layer, number>) => [
    spec.type,
    outputShape,
    inputs.map((input) => names.get(input)),
  ];
  test.each(['reference', 'resnet-20', 'mobile', 'efficientnet-lite0'])(
    'of %s has the same layers but for dropout, in the same order',
    (name) => {
      const model = modelOf(builtinNetwork(name), (network) => initialParameters(network, 3));
      const read = readOnnx(writeOnnx(model, forms[0]!, '1').bytes, 'x').model;
      const layers = ({ network }: Model) => {
        const kept = network.execution.filter(({ spec }) => spec.type !== 'dropout');
        const places = new Map(kept.map((layer, i) => [layer, i]));
        for (const layer of network.execution) {
          if (layer.spec.type === 'dropout') places.set(layer, places.get(layer.inputs[0]!)!);
        }
        return kept.map((layer) => described(layer, places));
      };
      expect(layers(read)).toEqual(layers(model));
      expect(Buffer.from(read.parameters.buffer).equals(Buffer.from(model.parameters.buffer))).toBe(true);
    },
  );

  test('and once more gives the same bytes', () => {
    for (let i = 0; i < 20; i++) {
      const random = randomSequence(2025, 2, i);
      const model = modelOf(randomGraph(random), (network) => randomParameters(network, random));
      const read = readOnnx(writeOnnx(model, forms[0]!, '1').bytes, 'x').model;
      const again = readOnnx(writeOnnx(read, forms[0]!, '1').bytes, 'x').model;
      expect(writeOnnx(again, forms[0]!, '1').bytes, `graph ${i}`).toEqual(writeOnnx(read, forms[0]!, '1').bytes);
    }
  });
});

describe('an exported file', () => {
  const model = modelOf(builtinNetwork('reference'), (network) => initialParameters(network, 0));

  test('of the untrained reference network has the SHA-256 53691ca0c481ee29131ce65ac38ccb4542c6cf843fdf55baef8806f4dec15b1b', async () => {
    const { bytes } = writeOnnx(model, forms[0]!, '0.1.0');
    expect(await sha256(bytes)).toBe('53691ca0c481ee29131ce65ac38ccb4542c6cf843fdf55baef8806f4dec15b1b');
  });

  test('says what it reads and puts out, what is not in it, and whether its probabilities are calibrated', () => {
    expect(writeOnnx(model, forms[1]!, '1').facts).toEqual([
      'Input pixels, uint8 [N, 28, 28, 1]: pictures of 8-bit values, height, width and channels in this order; the graph divides them by 255.',
      'Not in the graph: pictures must have 28×28 pixels, grey, a light object on black; photos are converted as the function convertPhoto of selvedge does (arXiv 1708.07747, section 2).',
      `Output probabilities, float32 [N, 10]: probabilities, one for each of ${classNames.join(', ')}.`,
      'The probabilities are not calibrated: the model was trained without validation images.',
    ]);
    expect(writeOnnx({ ...model, reliability }, forms[0]!, '1').facts.at(-1)).toBe(
      'The probabilities are calibrated: the graph divides the logits by the temperature 0.7, which was fitted on validation images.',
    );
  });

  test('says how photos of any size become its input, in the facts and in the hub’s configuration', () => {
    const outside = (pictures: PictureForm) => writeOnnx(colourModel(pictures), forms[1]!, '1').facts[1];
    expect(outside({ photos: 'whole', negate: true })).toBe(
      'Not in the graph, but in the function preparePhoto of selvedge: pictures are made 32×32 pixels, red, green and blue; transparent parts become white; edges that become shorter are averaged by area, longer ones interpolated (bilinear, half-pixel centres), and proportions may change; grey is repeated in each channel; then values v become 255 − v.',
    );
    expect(outside({ photos: 'garment', negate: false })).toMatch(
      /selvedge: photos are converted as the function convertPhoto .*, to 28×28; pictures are made 32×32 [^;]*; .*channel\.$/,
    );
    const processor = (pictures: PictureForm) =>
      JSON.parse(hubFiles(colourModel(pictures), '1').files['preprocessor_config.json'] as string);
    const size = { height: 32, width: 32 };
    expect(processor({ photos: 'whole', negate: false })).toMatchObject({
      ...{ do_convert_rgb: true, do_resize: true, size, resample: 4, do_rescale: true, do_normalize: false },
    });
    const negated = processor({ photos: 'garment', negate: true });
    expect(negated).toMatchObject({ resample: 2, do_normalize: true, image_mean: [1, 1, 1], image_std: [-1, -1, -1] });
    const value = (v: number) => (v * negated.rescale_factor - negated.image_mean[0]) / negated.image_std[0];
    expect([value(0), value(55), value(255)]).toEqual([1, 200 / 255, -0]);
  });

  test('keeps how photos become its input', () => {
    const pictures = { photos: 'whole', negate: true } as const;
    const { bytes } = writeOnnx(colourModel(pictures), forms[0]!, '1');
    expect(readOnnx(bytes, 'model.onnx').model.preprocessing.pictures).toEqual(pictures);
  });

  test('whose temperature was changed is refused', () => {
    const { bytes } = writeOnnx({ ...model, reliability }, forms[0]!, '1');
    const changed = { ...reliability.calibration, temperature: 0.5 };
    const other = writeOnnx({ ...model, reliability: { ...reliability, calibration: changed } }, forms[0]!, '1').bytes;
    const text = (of: Uint8Array) => Buffer.from(of).toString('latin1');
    const mixed = text(bytes).replaceAll('"temperature":0.7', '"temperature":0.5');
    expect(mixed).not.toBe(text(bytes));
    expect(() => readOnnx(Buffer.from(mixed, 'latin1'), 'x')).toThrow(
      'its graph divides the logits by 0.7, but its metadata has the temperature 0.5.',
    );
    expect(() => readOnnx(other, 'x')).not.toThrow();
  });
});
