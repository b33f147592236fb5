import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { expectOneSentence, selvedge, short, subset, temporaryFolder, trained } from './selvedge.ts';

const labels = 'train-labels-idx1-ubyte';
const images = 'train-images-idx3-ubyte';

/** A copy of the subset in which one file's uncompressed bytes were changed. */
function changedData(file: string, change: (bytes: Buffer) => Buffer, isDescribed: boolean): string {
  const folder = join(temporaryFolder(), 'data');
  mkdirSync(folder);
  for (const name of readdirSync(subset)) copyFileSync(join(subset, name), join(folder, name));
  const bytes = change(gunzipSync(readFileSync(join(folder, `${file}.gz`))));
  rmSync(join(folder, `${file}.gz`));
  writeFileSync(join(folder, file), bytes);
  if (isDescribed) {
    // The checksum fits, so that the format's own checks are what notices.
    const path = join(folder, 'dataset.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    manifest.files[file] = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    writeFileSync(path, JSON.stringify(manifest));
  }
  return folder;
}

function patched(bytes: Buffer, at: number, value: number): Buffer {
  bytes[at] = value;
  return bytes;
}

describe('data', () => {
  it.each<[string, () => string, RegExp]>([
    ['a folder that does not exist', () => join(subset, 'none'), /There is no folder .*none/],
    [
      'a missing file',
      () => {
        const folder = changedData(labels, (bytes) => bytes, false);
        rmSync(join(folder, labels));
        return folder;
      },
      /lacks train-labels-idx1-ubyte/,
    ],
    [
      'a truncated file',
      () => changedData(images, (bytes) => bytes.subarray(0, 1000), false),
      /train-images-idx3-ubyte is cut short: 313616 bytes were expected, it has 1000/,
    ],
    [
      'a changed label byte',
      () => changedData(labels, (bytes) => patched(bytes, 20, bytes[20]! ^ 1), false),
      /train-labels-idx1-ubyte.*SHA-256/,
    ],
    ['a wrong magic', () => changedData(images, (bytes) => patched(bytes, 2, 13), true), /starts with 00 00 0d 03/],
    [
      'a wrong length',
      () => changedData(labels, (bytes) => bytes.subarray(0, -1), true),
      /is cut short: its header states 400/,
    ],
    [
      'a label that no class has',
      () => changedData(labels, (bytes) => patched(bytes, 8, 10), true),
      /has the label 10 for item 0/,
    ],
    [
      'a description that is none',
      () => {
        const folder = changedData(labels, (bytes) => bytes, false);
        writeFileSync(join(folder, 'dataset.json'), '{');
        return folder;
      },
      /dataset\.json/,
    ],
  ])('%s', async (_, folder, sentence) => {
    const path = folder();
    expectOneSentence(await selvedge(['data', '--data', path]), sentence);
  });
});

it('data that cannot be used stops every command that needs it', async () => {
  const folder = changedData(labels, (bytes) => patched(bytes, 20, bytes[20]! ^ 1), false);
  for (const args of [
    ['train', '--out', join(temporaryFolder(), 'run')],
    ['data', 'preview'],
  ]) {
    expectOneSentence(await selvedge([...args, '--data', folder]), /train-labels-idx1-ubyte.*SHA-256/);
  }
});

describe('networks', () => {
  const input = { type: 'input', shape: [28, 28, 1] };
  const dense = { type: 'dense', units: 10, activation: 'softmax' };
  const withSpec = async (text: string) => {
    const file = join(temporaryFolder(), 'net.json');
    writeFileSync(file, text);
    return selvedge(['train', ...short, '--network', file, '--out', join(temporaryFolder(), 'run')]);
  };

  it.each<[string, unknown, RegExp]>([
    [
      'a layer that does not fit: named, with the two shapes',
      [input, { type: 'conv2d', filters: 8, kernelSize: 31, name: 'wide' }, { type: 'flatten' }, dense],
      /Layer wide \(conv2d\) needs an input of shape .*31.*, but gets \[28, 28, 1\]/,
    ],
    ['a dense layer on a picture', [input, dense], /Layer dense_1 \(dense\) needs .* \[28, 28, 1\]/],
    ['an unknown layer', [input, { type: 'lstm' }], /Layer 2 has the unknown type "lstm"/],
    ['an unknown option', [input, { type: 'dropout', rat: 0.5 }], /Layer 2 \(dropout\) has the unknown option 'rat'/],
    ['a wrong value', [input, { type: 'dropout', rate: 1 }], /Layer 2 \(dropout\): rate is 1, but should be/],
    ['a missing option', [input, { type: 'dense' }], /Layer 2 \(dense\) lacks the option units/],
    ['no input', [{ type: 'flatten' }], /begins with a layer of type input/],
    ['an empty list', [], /begins with a layer of type input/],
    ['no list', { layers: [] }, /A network is a JSON list of layers/],
  ])('%s', async (_, spec, sentence) => {
    expectOneSentence(await withSpec(JSON.stringify(spec)), sentence);
  });

  it('a file that is not JSON', async () => {
    expectOneSentence(await withSpec('[{'), /net\.json is not JSON/);
  });

  it('a file that does not exist, and a folder', async () => {
    expectOneSentence(await selvedge(['train', ...short, '--network', 'sed']), /neither a built-in network nor a file/);
    expectOneSentence(await selvedge(['train', ...short, '--network', subset]), /cannot be read/);
  });

  it.each<[string, unknown, RegExp]>([
    ['another number of classes', [input, { type: 'flatten' }, { ...dense, units: 9 }], /has 10 classes/],
    ['no softmax at the end', [input, { type: 'flatten' }, { type: 'dense', units: 10 }], /ends with a softmax layer/],
    [
      'pictures of another size',
      [{ type: 'input', shape: [32, 32, 1] }, { type: 'flatten' }, dense],
      /expects images of shape \[32, 32, 1\], but those of fashion-mnist-subset are \[28, 28, 1\]/,
    ],
  ])('%s than the data', async (_, spec, sentence) => {
    const { status, stderr } = await withSpec(JSON.stringify(spec));
    expect(status).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('options', () => {
  it.each([
    [['--batch-size', '0'], "--batch-size is '0', but should be a whole number from 1 up."],
    [['--epochs', '1.5'], "--epochs is '1.5', but should be a whole number from 1 up."],
    [['--epochs', '-1'], "--epochs is '-1', but should be a whole number from 1 up."],
    [['--learning-rate', 'fast'], "--learning-rate is 'fast', but should be a number above 0."],
    [['--learning-rate', '0'], "--learning-rate is '0', but should be a number above 0."],
    [['--seed', '1e400'], "--seed is '1e400', but should be a whole number from 0 up."],
    [['--seed', '99999999999999999'], "--seed is '99999999999999999', but should be a whole number from 0 up."],
    [['--limit', '0'], "--limit is '0', but should be a whole number from 1 up."],
    [['--validation', 'x'], "--validation is 'x', but should be a whole number from 0 up."],
    [['--threads', '0'], "--threads is '0', but should be a whole number from 1 to 256."],
    [['--threads', '257'], "--threads is '257', but should be a whole number from 1 to 256."],
    [['--epochs'], '--epochs lacks its value.'],
    [['--epoch', '3'], "unknown option '--epoch' (did you mean --epochs?)."],
    [['fashion'], "too many arguments for 'train', expected 0 but got 1."],
  ])('train %j', async (args, message) => {
    const outcome = await selvedge(['train', ...args]);
    expectOneSentence(outcome, /./);
    expect(outcome.stderr).toBe(`selvedge: ${message}\n(selvedge train --help shows the options)\n`);
    expect(outcome.stdout).toBe('');
  });

  it('more validation images than there are', async () => {
    expectOneSentence(await selvedge(['train', ...short, '--validation', '60']), /would leave nothing of the 60/);
  });
});

describe('model files', async () => {
  const folder = temporaryFolder(afterAll);
  const { model } = await trained(join(folder, 'run'), short);
  const bytes = readFileSync(model);
  const newer = Buffer.from(bytes.toString('latin1').replace('"version":"1"', '"version":"3"'), 'latin1');
  const other = Buffer.from(
    bytes.toString('latin1').replace('"format":"selvedge-model"', '"format":"selvedge-mouse"'),
    'latin1',
  );

  it.each<[string, Buffer, RegExp]>([
    ['cut short in its arrays', bytes.subarray(0, 100_000), /the file ends at 100000; it was cut short/],
    ['cut short in its header', bytes.subarray(0, 500), /cut short/],
    ['a few bytes long', bytes.subarray(0, 5), /too few/],
    ['empty', Buffer.alloc(0), /too few/],
    ['followed by something', Buffer.concat([bytes, Buffer.alloc(8)]), /its arrays end at byte/],
    ['of a newer version', newer, /format version 3, and this program reads up to 2; update selvedge/],
    ["another program's", other, /its metadata does not say selvedge-model/],
    ['a picture', readFileSync(join(subset, '../photos/08-boot-thumbnail.png')), /not a usable model/],
  ])('%s', async (_, content, sentence) => {
    const file = join(temporaryFolder(), 'bad.safetensors');
    writeFileSync(file, content);
    expectOneSentence(await selvedge(['evaluate', file, '--data', subset]), sentence);
  });

  it('missing', async () => {
    const none = join(folder, 'none');
    expectOneSentence(await selvedge(['evaluate', none, '--data', subset]), /There is no model at .*none/);
    expectOneSentence(await selvedge(['evaluate', subset, '--data', subset]), /There is no model at .*subset/);
  });

  it('for other pictures than the data set has', async () => {
    const text = bytes.toString('latin1');
    expect(text).toContain('[28,28,1]');
    const small = [
      { type: 'input', shape: [28, 28, 1] },
      { type: 'flatten' },
      { type: 'dense', units: 10, activation: 'softmax' },
    ];
    const spec = join(folder, 'small.json');
    writeFileSync(spec, JSON.stringify(small));
    const record = await trained(join(folder, 'small'), [...short, '--network', spec]);
    const tall = readFileSync(record.model, 'latin1').replaceAll('[28,28,1]', '[56,14,1]');
    writeFileSync(record.model, Buffer.from(tall, 'latin1'));
    const outcome = await selvedge(['evaluate', record.model, '--data', subset]);
    expectOneSentence(
      outcome,
      /takes pictures of 56\s×\s14\s×\s1, but those of fashion-mnist-subset are 28\s×\s28\s×\s1/,
    );
  });
});
