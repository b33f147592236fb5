import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { expectOneSentence, root, selvedge, short, subset, succeed, temporaryFolder } from './selvedge.ts';

let run: string;
let remove: () => void;
beforeAll(async () => {
  run = join(
    temporaryFolder((keep) => {
      remove = keep;
    }),
    'run',
  );
  await succeed(['train', ...short, '--validation', '20', '--out', run]);
});
afterAll(() => remove());

const json = async (args: readonly string[]) => JSON.parse((await succeed([...args, '--json'])).stdout);

describe('export and import', () => {
  it('gives a model that predicts and is evaluated as the one before', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'm.onnx');
    await succeed(['export', run, '--to', 'onnx', '--out', file]);
    await succeed(['import', file, '--out', join(folder, 'back')]);
    const [before, after] = await Promise.all(
      [run, join(folder, 'back')].map((model) =>
        json(['evaluate', model, '--data', subset, '--out', join(folder, 'scores')]),
      ),
    );
    expect({ ...after, files: null }).toEqual({ ...before, files: null });
    const photo = join(root, 'test/fixtures/photos/02-trouser-shop.jpg');
    const answers = await Promise.all([run, join(folder, 'back')].map((model) => json(['predict', model, photo])));
    // The score that tells out-of-distribution pictures is not in the file.
    const [expected] = answers[0].predictions;
    expect(answers[1].predictions).toEqual([{ ...expected, familiar: null }]);
  });

  it('has class names from a list or a file, and the preprocessing of the options', async () => {
    const folder = temporaryFolder();
    const names = join(folder, 'names.txt');
    writeFileSync(names, 'red\ngreen, dark\nblue\nblack\nwhite\n');
    const fixture = join(root, 'test/fixtures/onnx/torch-residual-dynamo.onnx');
    const out = join(folder, 'm.safetensors');
    const options = ['--divide-by', '1', '--mean', '100,110,120', '--std', '50'];
    const imported = await json(['import', fixture, '--class-names', names, ...options, '--out', out]);
    expect(imported).toMatchObject({
      file: out,
      inputShape: [12, 10, 3],
      classNames: ['red', 'green, dark', 'blue', 'black', 'white'],
      notes: ['The file puts out logits; softmax was added, so that the model puts out probabilities.'],
    });
    expect((await succeed(['summary', out])).stdout).toContain('batchNormalization_1 (batchNormalization)');
  });

  it('writes a folder for the hub with the figures of the run', async () => {
    const out = join(temporaryFolder(), 'coats');
    const { files } = await json(['export', run, '--to', 'hub', '--license', 'mit', '--out', out]);
    expect(files.map((file: string) => file.slice(out.length + 1))).toEqual([
      'README.md',
      'config.json',
      'preprocessor_config.json',
      'onnx/model.onnx',
      'model.safetensors',
    ]);
    const read = (name: string) => readFileSync(join(out, name), 'utf8');
    const [, header, card] = read('README.md').split('---\n', 3);
    const record = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));
    expect(parse(header!)).toMatchObject({
      license: 'mit',
      library_name: 'onnx',
      pipeline_tag: 'image-classification',
      'model-index': [{ name: 'coats', results: [{ metrics: [{ type: 'accuracy', value: record.testAccuracy }] }] }],
    });
    expect(card).toContain(record.weightsSha256);
    const { id2label, label2id } = JSON.parse(read('config.json'));
    expect([id2label[1], label2id.Trouser]).toEqual(['Trouser', 1]);
    expect(JSON.parse(read('preprocessor_config.json'))).toMatchObject({
      size: { height: 28, width: 28 },
      rescale_factor: 1 / 255,
    });
    await succeed(['predict', out, join(root, 'test/fixtures/photos/02-trouser-shop.jpg')]);
    const again = await succeed(['export', out, '--to', 'hub', '--out', out]);
    expect(again.stdout).toContain('The model card has no figures, for there is no run.json of this model.');
  });
});

describe('is refused with one sentence, and writes nothing', () => {
  const cases: Readonly<Record<string, readonly [args: (folder: string) => string[], words: RegExp]>> = {
    'a file that is no ONNX file': [
      (folder) => ['import', join(root, 'package.json'), '--out', join(folder, 'x')],
      /cannot be imported: it is not an ONNX file, or is damaged/,
    ],
    'a missing file': [(folder) => ['import', join(folder, 'no.onnx'), '--out', join(folder, 'x')], /There is no file/],
    'a folder': [(folder) => ['import', folder, '--out', join(folder, 'x')], /is not a file/],
    'too few class names': [
      (folder) => [
        ...['import', join(root, 'test/fixtures/onnx/keras-sequential.onnx')],
        ...['--class-names', 'a,b', '--out', join(folder, 'x')],
      ],
      /--class-names has 2 names, but the network has 5 outputs/,
    ],
    'an empty class name': [
      (folder) => ['import', join(root, 'package.json'), '--class-names', 'a,,b', '--out', join(folder, 'x')],
      /name 2 of a,,b is empty/,
    ],
    'an input type for the hub': [
      (folder) => ['export', run, '--to', 'hub', '--input', 'uint8', '--out', join(folder, 'x')],
      /--input is for --to onnx/,
    ],
    'a licence of an ONNX file': [
      (folder) => ['export', run, '--to', 'onnx', '--license', 'mit', '--out', join(folder, 'x')],
      /--license is for --to hub/,
    ],
    'a folder that does not exist': [
      (folder) => ['export', run, '--to', 'onnx', '--out', join(folder, 'x', 'm.onnx')],
      /the folder does not exist/,
    ],
  };
  it.each(Object.entries(cases))('%s', async (_, [args, words]) => {
    const folder = temporaryFolder();
    const outcome = await selvedge(args(folder));
    expectOneSentence(outcome, words);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });
});
