import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  expectOneSentence,
  recordIn,
  selvedge,
  short,
  startSelvedge,
  subset,
  succeed,
  temporaryFolder,
  trained,
} from './selvedge.ts';

const shared = temporaryFolder(afterAll);
const network = join(shared, 'small.json');
writeFileSync(
  network,
  JSON.stringify([
    { type: 'input', shape: [28, 28, 1] },
    { type: 'conv2d', filters: 12, kernelSize: 5, strides: 2, activation: 'relu', kernelInitializer: 'patchWhitening' },
    { type: 'globalMaxPooling2d' },
    { type: 'dropout', rate: 0.25 },
    { type: 'dense', units: 10, activation: 'softmax' },
  ]),
);
const data = ['--data', subset];
const flags = [
  ...['--network', network, '--limit', '200', '--per-class', '6', '--batch-size', '50', '--epochs', '2', '--seed', '5'],
  ...['--optimizer', 'sgd', '--learning-rate', '0.02', '--momentum', '0.9', '--nesterov', '--weight-decay', '0.01'],
  ...['--weight-decay-roles', 'kernel,bias', '--learning-rate-multipliers', 'bias=2', '--global-clipnorm', '1'],
  ...['--schedule', 'step', '--step-epochs', '0.7', '--step-factor', '0.5', '--warmup-epochs', '0.4'],
  ...['--label-smoothing', '0.1', '--ema-decay', '0.8'],
  ...['--shift', '3', '--flip', 'alternating', '--cutout', '6', '--brightness', '0.1', '--contrast', '0.2'],
  ...['--image-sizes', '16=1', '--layerwise-decay', '0.5'],
];
const configuration = {
  ...{ epochs: 2, batchSize: 50, learningRate: 0.02, seed: 5, limit: 200, validation: 0, validationSeed: null },
  ...{ classes: null, perClass: 6, layerwiseDecay: 0.5 },
  ...{ optimizer: 'sgd', beta1: null, beta2: null, epsilon: null, momentum: 0.9, nesterov: true },
  ...{
    weightDecay: 0.01,
    weightDecayRoles: ['kernel', 'bias'],
    learningRateMultipliers: { bias: 2 },
    globalClipnorm: 1,
  },
  ...{ schedule: 'step', stepEpochs: 0.7, stepFactor: 0.5, warmupEpochs: 0.4, labelSmoothing: 0.1, emaDecay: 0.8 },
  ...{ shift: 3, flip: 'alternating', cutout: 6, brightness: 0.1, contrast: 0.2 },
  imageSizes: { 16: 1 },
};
const run = join(shared, 'run');
const record = await trained(run, [...data, ...flags]);

describe('a run with all settings', () => {
  it('records them', () => {
    expect(record.configuration).toEqual(configuration);
    expect(recordIn(run)).toEqual(record);
    expect(record.history.at(-1)!.weightsSha256).toBe(record.weightsSha256);
  });

  it('is reproduced to the bit', async () => {
    const { stdout } = await succeed(['reproduce', run, ...data, '--json', '--threads', '3']);
    expect(JSON.parse(stdout)).toEqual({ same: true, epochs: 2, weightsSha256: record.weightsSha256 });
  });

  it('has a page with the command that trains it again', async () => {
    const page = readFileSync(join(run, 'index.html'), 'utf8').replace(/<[^>]*>/g, '');
    const [, options] = /selvedge train --network network\.json ([^\n]*)/.exec(page)!;
    const again = await trained(join(shared, 'again'), [...data, '--network', network, ...options!.split(' ')]);
    expect(again).toMatchObject({ configuration, weightsSha256: record.weightsSha256 });
  });

  it('is the same from the file that --print-config prints', async () => {
    const file = join(shared, 'printed.yaml');
    const { stdout, stderr } = await succeed(['train', ...flags, '--print-config']);
    expect(stderr).toBe('');
    expect(stdout).toContain('momentum: 0.9  ');
    writeFileSync(file, stdout);
    const again = await trained(join(shared, 'printed'), [...data, '--config', file]);
    expect(again).toMatchObject({ configuration, weightsSha256: record.weightsSha256 });
  });
});

describe('--config', () => {
  const file = join(shared, 'some.json');
  writeFileSync(file, JSON.stringify({ seed: 9, optimizer: 'adamW', weightDecay: 0.2, epochs: 3 }));

  it('gives way to the command line, and comes before the defaults', async () => {
    const { configuration: is } = await trained(join(shared, 'some'), [
      ...short,
      '--network',
      network,
      '--config',
      file,
    ]);
    expect(is).toMatchObject({ seed: 9, optimizer: 'adamW', weightDecay: 0.2, epochs: 1, beta1: 0.9, limit: 60 });
  });

  it('--print-config prints every setting with its default', async () => {
    const { stdout } = await succeed(['train', '--print-config', '--config', file, '--epochs', '7']);
    for (const line of ['network: "reference" ', 'seed: 9 ', 'epochs: 7 ', 'weightDecay: 0.2 ', 'epsilon: 1e-8 '])
      expect(stdout).toContain(line);
    expect(stdout.trimEnd().split('\n')).toHaveLength(Object.keys(configuration).length + 1);
  });
});

it('a stopped run with a schedule is resumed, and reproduced, to the bit', async () => {
  const stopped = join(shared, 'stopped');
  const long = flags.map((word) => (word === '--epochs' ? '--epochs=40' : word)).filter((word) => word !== '2');
  const { child, ended, seen } = startSelvedge(['train', '--out', stopped, ...data, ...long]);
  await seen('epoch 2: loss');
  child.kill('SIGINT');
  expect((await ended).status).toBe(130);
  const { epochs, history } = recordIn(stopped);
  expect(epochs).toBeLessThan(40);
  const { stdout } = await succeed(['reproduce', stopped, ...data]);
  expect(stdout).toContain(`same bits: the weights after each of ${epochs} epochs`);
  const differs = ['train', '--resume', stopped, ...data];
  expectOneSentence(
    await selvedge([...differs, '--momentum', '0.8']),
    /but these differ: momentum \(0\.9 in the checkpoint, 0\.8 requested\); omit them/,
  );
  expectOneSentence(
    await selvedge([...differs, '--optimizer', 'adam']),
    /differ: optimizer \(sgd in the checkpoint, adam/,
  );
  await succeed([...differs, '--momentum', '0.9', '--nesterov', '--schedule', 'step']);
  const finished = recordIn(stopped);
  expect(finished.history.slice(0, epochs)).toEqual(history);
  const whole = await trained(join(shared, 'whole'), [...data, ...long]);
  expect(finished.weightsSha256).toBe(whole.weightsSha256);
});

describe('bad input in one sentence', () => {
  const written = (text: string) => {
    const file = join(temporaryFolder(), 'mine.yaml');
    writeFileSync(file, text);
    return ['--config', file];
  };
  it.each<[string, () => readonly string[], RegExp]>([
    [
      'another optimizer’s option',
      () => ['--momentum', '0.9'],
      /The optimizer adam has no momentum; leave momentum out/,
    ],
    [
      'an unknown optimizer',
      () => ['--optimizer', 'lion'],
      /--optimizer is 'lion', but should be one of adam, adamW, sgd/,
    ],
    [
      'an unknown role',
      () => ['--weight-decay-roles', 'all'],
      /--weight-decay-roles is 'all', but should be a list of roles/,
    ],
    [
      'a warm-up longer than the run',
      () => ['--warmup-epochs', '6'],
      /The warm-up of 6 epochs is longer than the run of 5/,
    ],
    [
      'a drop after the run',
      () => ['--schedule', 'step', '--step-epochs', '5'],
      /every 5 epochs, but the run has only 5/,
    ],
    ['a shift that leaves little', () => ['--shift', '14'], /A shift of 14 does not fit images of \[28, 28, 1\]/],
    ['a cutout of everything', () => ['--cutout', '28'], /A cutout of 28 does not fit images of \[28, 28, 1\]/],
    ['no smaller image', () => ['--image-sizes', '28=1'], /An image size of 28 is not below the full size of \[28, 28/],
    [
      'a dense layer over positions',
      () => ['--image-sizes', '14=1'],
      /dense_1\/kernel would be \[576, 128\] instead of/,
    ],
    ['senseless image sizes', () => ['--image-sizes', '14'], /--image-sizes is '14', but should be numbers of epochs/],
    [
      'an unknown flip',
      () => ['--flip', 'vertical'],
      /--flip is 'vertical', but should be one of none, random, altern/,
    ],
    ['Nesterov without momentum', () => ['--optimizer', 'sgd', '--nesterov'], /Nesterov needs a momentum above 0/],
    [
      'no file',
      () => ['--config', join(shared, 'none.yaml')],
      /The configuration .*none\.yaml cannot be read \(ENOENT/,
    ],
    [
      'an unknown setting',
      () => written('batchsize: 3'),
      /mine\.yaml has the unknown setting 'batchsize' \(did you mean batchSize\?\)/,
    ],
    [
      'a senseless value',
      () => written('epochs: -3'),
      /mine\.yaml has epochs: -3, which should be a whole number from 1 up/,
    ],
    ['no YAML', () => written('a: [1'), /mine\.yaml is neither YAML nor JSON \(.*, line 1\)/],
    ['an unknown network', () => written('network: lenet'), /neither a built-in network nor a file called lenet/],
  ])('%s', async (_, options, sentence) => {
    expectOneSentence(await selvedge(['train', ...data, ...options()]), sentence);
  });
});
