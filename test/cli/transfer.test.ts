import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  expectOneSentence,
  lastLine,
  photos,
  recordIn,
  selvedge,
  startSelvedge,
  subset,
  succeed,
  temporaryFolder,
} from './selvedge.ts';

const folder = temporaryFolder(afterAll);
const run = (name: string) => join(folder, name);
// The program takes it from here: no features of earlier tests.
process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
const small = ['--from', 'efficientnet-lite0', '--image-size', '32', '--data', subset];

describe('train --from efficientnet-lite0', async () => {
  const { stdout, stderr } = await succeed([
    ...['train', ...small, '--per-class', '6', '--out', run('pretrained'), '--json'],
  ]);
  const result = JSON.parse(lastLine(stdout));

  it('writes a run: the model, its figures, and how the last layer was fitted', () => {
    expect(result).toEqual(recordIn(run('pretrained')));
    expect(result).toMatchObject({
      status: 'finished',
      parameters: 692_694 + 1130,
      history: [],
      configuration: { perClass: 6 },
      dataset: { trainImages: 60, validationImages: 0 },
      preprocessing: { reshape: [32, 32, 3], pictures: { photos: 'garment', negate: true } },
      transfer: { from: 'efficientnet-lite0', imageSize: 32, features: 112, chosenBy: { kind: 'cross-validation' } },
    });
    expect(result.testAccuracy).toBeGreaterThan(0.4);
    const page = readFileSync(join(run('pretrained'), 'index.html'), 'utf8');
    expect(page).toMatch(/The last\s+layer is a softmax regression on their 112\s+features/);
    expect(page).not.toContain('Seconds per epoch');
  });

  it('reads features from the cache the next time, and computes those of other pictures only', async () => {
    expect(stderr).toContain('Features of 360 pictures, each view counted: 360 computed, 0 from the cache.');
    const again = await succeed(['train', ...small, '--per-class', '6', '--out', run('again')]);
    expect(again.stdout).toContain('Features of 360 pictures, each view counted: 0 computed, 360 from the cache.');
    expect(recordIn(run('again')).weightsSha256).toBe(result.weightsSha256);
    expect(readFileSync(join(run('again'), 'model.safetensors'))).toEqual(
      readFileSync(join(run('pretrained'), 'model.safetensors')),
    );
  });

  it('reproduce fits the same bits', async () => {
    const again = await succeed(['reproduce', run('pretrained'), '--data', subset, '--threads', '1']);
    expect(again.stdout).toContain('same bits: the weights equal those of the run');
  });

  it('evaluate gives the figures of the run', async () => {
    const evaluated = await succeed(['evaluate', run('pretrained'), '--data', subset, '--json']);
    expect(JSON.parse(evaluated.stdout).accuracy).toBe(result.testAccuracy);
  });
});

describe('train --classes, and --from that run', () => {
  it('fits the other classes on the features of the first ones', async () => {
    const plain = ['--data', subset, '--epochs', '1', '--batch-size', '50'];
    await succeed(['train', ...plain, '--classes', '0-6', '--out', run('seven')]);
    expect(recordIn(run('seven'))).toMatchObject({ dataset: { testImages: 144 }, configuration: { batchSize: 50 } });
    expect(recordIn(run('seven')).configuration.classes).toHaveLength(7);
    await succeed([
      'train',
      '--data',
      subset,
      '--classes',
      'sneaker,8-9',
      '--from',
      run('seven'),
      '--per-class',
      '3',
      '--out',
      run('three'),
    ]);
    expect(recordIn(run('three'))).toMatchObject({
      dataset: { classNames: ['Sneaker', 'Bag', 'Ankle boot'], trainImages: 9 },
      transfer: { features: 128, imageSize: null, chosenBy: { kind: 'fixed' }, strength: 0.1 },
    });
    const { stdout } = await succeed(['evaluate', run('three'), '--data', subset, '--json']);
    expect(JSON.parse(stdout).count).toBe(recordIn(run('three')).dataset.testImages);
  });
});

describe('train --from --fine-tune', async () => {
  const tuned = ['train', ...small, '--per-class', '4', '--fine-tune', '2', '--fine-tune-layers', '3', '--out'];
  await succeed([...tuned, run('tuned')]);
  const record = recordIn(run('tuned'));

  it('records what was trained, with settings of its own', () => {
    expect(record).toMatchObject({
      status: 'finished',
      epochs: 2,
      configuration: { epochs: 2, optimizer: 'adamW', flip: 'random', layerwiseDecay: 0.9 },
      transfer: { fineTuned: { layers: 3 } },
    });
    const page = readFileSync(join(run('tuned'), 'index.html'), 'utf8');
    expect(page).toContain('Then the last 3 layers with weights were trained together.');
  });

  it('reproduce trains the same bits', async () => {
    const again = await succeed(['reproduce', run('tuned'), '--data', subset, '--threads', '1']);
    expect(again.stdout).toContain('same bits: the weights after each of 2 epochs equal those of the run');
  });

  it('goes on to the same bits after a stop', async () => {
    const stopped = startSelvedge([
      ...tuned,
      run('resumed'),
      '--checkpoint-seconds',
      '1',
      '--batch-size',
      '4',
      '--fine-tune',
      '40',
    ]);
    await stopped.seen('epoch 3:');
    stopped.child.kill('SIGINT');
    await stopped.ended;
    await succeed(['train', '--resume', run('resumed'), '--data', subset]);
    const resumed = recordIn(run('resumed'));
    expect(resumed).toMatchObject({ status: 'finished', epochs: 40, transfer: { fineTuned: { layers: 3 } } });
    const again = await succeed(['reproduce', run('resumed'), '--data', subset]);
    expect(again.stdout).toContain('same bits');
  });
});

describe('train --from --head', async () => {
  const options = ['train', ...small, '--per-class', '6', '--head', 'hidden', '--out', run('hidden')];
  const { stdout } = await succeed(options);
  const record = recordIn(run('hidden'));

  it('hidden: a layer of 128 units, in run, page and the command that repeats it', () => {
    expect(record).toMatchObject({
      parameters: 692_694 + 112 * 128 + 128 + 128 * 10 + 10,
      transfer: { strength: null, head: { asked: 'hidden', kind: 'hidden', units: 128, accuracies: null } },
    });
    expect(record.testAccuracy).toBeGreaterThan(0.4);
    expect(stdout).toContain('last layer         hidden layer of 128 units and softmax on 112 features\n');
    const page = readFileSync(join(run('hidden'), 'index.html'), 'utf8');
    expect(page).toContain('a hidden layer of 128 units with ReLU');
    expect(page).toContain('--head hidden');
  });

  it('reproduce, evaluate, predict and export take it', async () => {
    const again = await succeed(['reproduce', run('hidden'), '--data', subset]);
    expect(again.stdout).toContain('same bits: the weights equal those of the run');
    const evaluated = await succeed(['evaluate', run('hidden'), '--data', subset, '--json']);
    expect(JSON.parse(evaluated.stdout).accuracy).toBe(record.testAccuracy);
    const predicted = await succeed(['predict', run('hidden'), join(photos, '01-tshirt-shop.jpg'), '--json']);
    expect(JSON.parse(predicted.stdout).predictions).toHaveLength(1);
    await succeed(['export', run('hidden'), '--to', 'onnx', '--out', join(folder, 'hidden.onnx')]);
    await succeed(['import', join(folder, 'hidden.onnx'), '--out', join(folder, 'imported')]);
    const imported = await succeed(['evaluate', join(folder, 'imported'), '--data', subset, '--json']);
    expect(JSON.parse(imported.stdout).accuracy).toBe(record.testAccuracy);
  });

  it('auto says how accurate both are', async () => {
    const auto = ['train', ...small, '--per-class', '6', '--flip', 'none', '--shift', '0', '--head', 'auto'];
    const { stdout } = await succeed([...auto, '--out', run('auto')]);
    const { head, strength } = recordIn(run('auto')).transfer!;
    expect(head).toMatchObject({
      asked: 'auto',
      accuracies: { linear: expect.any(Number), hidden: expect.any(Number) },
    });
    const { linear, hidden } = head!.accuracies!;
    expect([head!.kind, strength === null]).toEqual(hidden > linear ? ['hidden', true] : ['linear', false]);
    expect(stdout).toMatch(/; accuracy \d+\.\d\d\s% with a hidden layer, \d+\.\d\d\s% without\n/);
    const again = await succeed(['reproduce', run('auto'), '--data', subset]);
    expect(again.stdout).toContain('same bits: the weights equal those of the run');
  });
});

describe('bad input', () => {
  it.each([
    [
      ['--from', 'nothing'],
      /There is neither a backbone nor a model called nothing; name efficientnet-lite0, a run's folder or/,
    ],
    [[...small, '--epochs', '3'], /--epochs cannot be given with --from/],
    [[...small, '--inspect'], /--inspect cannot be given with --from/],
    [
      ['--from', 'efficientnet-lite0', '--image-size', 'auto'],
      /--image-size auto chooses on validation images, and there are none/,
    ],
    [['--from', 'efficientnet-lite0', '--image-size', '16'], /--image-size 16 is out of range; choose from 32 to 512/],
    [[...small, '--fine-tune-layers', '3'], /--fine-tune-layers belongs to --fine-tune/],
    [[...small, '--fine-tune', '2', '--epochs', '3'], /--epochs cannot be given with --from and --fine-tune/],
    [['--fine-tune', '2'], /--fine-tune belongs to --from/],
    [['--head', 'hidden'], /--head belongs to --from/],
    [[...small, '--head', 'deep'], /--head is 'deep', but should be one of linear, hidden, auto/],
    [['--image-size', '64'], /--image-size is for photos or with --from efficientnet-lite0/],
    [[...small, '--classes', '0-12'], /has no class 0-12; choose names/],
    [[...small, '--per-class', '999'], /Class 0 has 43 training images, so 999 cannot be drawn of each class/],
  ])('train %j is refused in one sentence, and leaves nothing', async (options, sentence) => {
    expectOneSentence(await selvedge(['train', '--data', subset, ...options, '--out', run('bad')]), sentence);
    expect(existsSync(join(run('bad'), 'run.json'))).toBe(false);
  });
});
