import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lastLine, recordIn, selvedge, short, stepsIn, subset, succeed, temporaryFolder, trained } from './selvedge.ts';

const seedArrays: Readonly<Record<string, readonly number[]>> = {
  'conv2d_1/kernel': [3, 3, 1, 32],
  'conv2d_1/bias': [32],
  'conv2d_2/kernel': [3, 3, 32, 64],
  'conv2d_2/bias': [64],
  'dense_1/kernel': [3136, 128],
  'dense_1/bias': [128],
  'dense_2/kernel': [128, 10],
  'dense_2/bias': [10],
};

interface SafetensorsHeader {
  readonly __metadata__: Record<string, string>;
  readonly [name: string]: unknown;
}

/** The format as its specification has it; the program's own reader stays out of this. */
function readSafetensors(path: string) {
  const bytes = readFileSync(path);
  const end = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, end).toString()) as SafetensorsHeader;
  const array = (name: string) => {
    const { dtype, shape, data_offsets } = header[name] as {
      dtype: string;
      shape: number[];
      data_offsets: [number, number];
    };
    return { dtype, shape, bytes: bytes.subarray(end + data_offsets[0], end + data_offsets[1]) };
  };
  return { metadata: header.__metadata__, names: Object.keys(header).filter((name) => name !== '__metadata__'), array };
}

describe('a run of two epochs', async () => {
  const run = join(temporaryFolder(afterAll), 'run');
  const options = ['--data', subset, '--epochs', '2', '--batch-size', '150', '--seed', '3'];
  const { stdout, stderr } = await succeed(['train', '--out', run, '--json', ...options]);
  const result = JSON.parse(lastLine(stdout));

  it("puts one object on standard output, with the issue's names", () => {
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const share = expect.closeTo(0.5, 0.5);
    expect(result).toMatchObject({
      run,
      model: join(run, 'model.safetensors'),
      parameters: 421_642,
      epochs: 2,
      trainAccuracy: share,
      trainAccuracyEvaluated: share,
      testAccuracy: share,
      testLoss: expect.any(Number),
      secondsPerEpoch: expect.any(Number),
      weightsSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(isAbsolute(result.run)).toBe(true);
    expect(result.testLoss).toBeGreaterThan(0);
    expect(result.secondsPerEpoch).toBeGreaterThan(0);
  });

  it('says what it does on standard error', () => {
    expect(stderr).toContain('Training on 400 images of fashion-mnist-subset, 2 epochs in batches of 150, seed 3');
    expect(stderr).toContain('epoch 2: loss ');
    expect(lastLine(stderr)).toBe(`report             ${join(run, 'index.html')}`);
    expect(stderr).not.toContain('\u001b');
  });

  it('keeps the same in run.json, with everything that the run depends on', () => {
    const record = recordIn(run);
    expect(record).toEqual(result);
    expect(record).toMatchObject({
      format: 'selvedge-run',
      status: 'finished',
      configuration: { epochs: 2, batchSize: 150, learningRate: 0.001, seed: 3, limit: null, validation: 0 },
      preprocessing: { divideBy: 255, reshape: [28, 28, 1], labels: 'oneHot' },
      dataset: { trainImages: 400, validationImages: 0, testImages: 200 },
    });
    expect(record.engine.wasmSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(record.history).toHaveLength(2);
    expect(record.trainAccuracy).toBe(record.history[1]!.accuracy);
    expect(record.testAccuracy).toBe(record.evaluation.accuracy);
  });

  it('leaves four files and nothing else', () => {
    expect(readdirSync(run).sort()).toEqual(['index.html', 'metrics.jsonl', 'model.safetensors', 'run.json']);
  });

  it('has a line for each step in metrics.jsonl', () => {
    const steps = stepsIn(run);
    expect(steps.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
      [2, 2],
      [2, 3],
    ]);
    for (const { loss, accuracy } of steps) {
      expect(loss).toBeGreaterThan(0);
      expect(accuracy).toBeGreaterThanOrEqual(0);
      expect(accuracy).toBeLessThanOrEqual(1);
    }
    expect(steps[5]).toMatchObject({ loss: result.history[1].loss, accuracy: result.trainAccuracy });
  });

  it('has a model whose arrays, in spec order, have the SHA-256 that the record says', () => {
    const { names, array, metadata } = readSafetensors(result.model);
    expect(names).toEqual(Object.keys(seedArrays));
    const hash = createHash('sha256');
    for (const [name, shape] of Object.entries(seedArrays)) {
      expect(array(name)).toMatchObject({ dtype: 'F32', shape });
      hash.update(array(name).bytes);
    }
    expect(hash.digest('hex')).toBe(result.weightsSha256);
    expect(JSON.parse(metadata['spec']!)).toEqual(result.network.spec);
    expect(JSON.parse(metadata['classNames']!)).toEqual(result.dataset.classNames);
    expect(JSON.parse(metadata['preprocessing']!)).toEqual(result.preprocessing);
  });

  it('has a page that shows the scores', () => {
    const page = readFileSync(join(run, 'index.html'), 'utf8');
    expect(page).toContain('<!doctype html>');
    expect(page).toContain(result.weightsSha256);
    expect(page).not.toMatch(/(?:src|href)="https?:/);
  });

  it.each([1, 2, 4])('has the same weights and metrics on %i threads', async (threads) => {
    const again = await trained(join(temporaryFolder(), 'run'), [...options, '--threads', String(threads)]);
    expect(again.engine.threads).toBe(threads);
    const { weightsSha256, testLoss, trainAccuracy } = result;
    expect(again).toMatchObject({ weightsSha256, testLoss, trainAccuracy });
  });

  it('has other weights with another seed', async () => {
    const other = await trained(join(temporaryFolder(), 'run'), [...options.slice(0, -1), '4']);
    expect(other.weightsSha256).not.toBe(result.weightsSha256);
  });
});

describe('options', () => {
  it('--limit takes the first images and leaves the test set whole', async () => {
    const record = await trained(join(temporaryFolder(), 'run'), short);
    expect(record.configuration).toMatchObject({ limit: 60, batchSize: 30 });
    expect(record.dataset).toMatchObject({ trainImages: 60, testImages: 200 });
    expect(record.history[0]!.steps).toBe(2);
  });

  it('a batch larger than the images is lowered, and said', async () => {
    const run = join(temporaryFolder(), 'run');
    const { stdout } = await succeed(['train', '--data', subset, '--limit', '50', '--epochs', '1', '--out', run]);
    expect(stdout).toContain('The batch size is lowered from 300 to 50, the number of training images.');
    expect(recordIn(run).configuration.batchSize).toBe(50);
  });

  it('--validation takes images out of training, by class, and scores them each epoch', async () => {
    const record = await trained(join(temporaryFolder(), 'run'), [
      ...['--data', subset, '--epochs', '2', '--validation', '100'],
    ]);
    expect(record.dataset).toMatchObject({ trainImages: 300, validationImages: 100 });
    for (const { validationLoss, validationAccuracy } of record.history) {
      expect(validationLoss).toBeGreaterThan(0);
      expect(validationAccuracy).toBeGreaterThan(0);
      expect(validationAccuracy! * 100).toBeCloseTo(Math.round(validationAccuracy! * 100), 9);
    }
  });

  it('--learning-rate reaches the weights', async () => {
    const [one, other] = await Promise.all(
      ['0.001', '0.002'].map((rate) =>
        trained(join(temporaryFolder(), 'run'), [...short, '--threads', '1', '--learning-rate', rate]),
      ),
    );
    expect(other!.configuration.learningRate).toBe(0.002);
    expect(other!.weightsSha256).not.toBe(one!.weightsSha256);
  });

  it('--network takes a JSON file', async () => {
    const folder = temporaryFolder();
    const spec = [
      { type: 'input', shape: [28, 28, 1] },
      { type: 'conv2d', filters: 4, kernelSize: 5, strides: 2, activation: 'relu', name: 'eyes' },
      { type: 'flatten' },
      { type: 'dense', units: 10, activation: 'softmax' },
    ];
    writeFileSync(join(folder, 'mine.json'), JSON.stringify(spec));
    const record = await trained(join(folder, 'run'), [...short, '--network', join(folder, 'mine.json')]);
    expect(record.parameters).toBe(5 * 5 * 4 + 4 + 12 * 12 * 4 * 10 + 10);
    expect(record.network).toEqual({ name: 'mine.json', spec });
    expect(readSafetensors(record.model).names).toEqual(['eyes/kernel', 'eyes/bias', 'dense_1/kernel', 'dense_1/bias']);
  });

  it('without --out, each run gets a folder below runs, without --threads the cores at hand', async () => {
    const cwd = temporaryFolder();
    const runs = await Promise.all([1, 2].map(() => succeed(['train', ...short, '--json'], { cwd })));
    const records = runs.map(({ stdout }) => JSON.parse(lastLine(stdout)));
    expect(new Set(records.map(({ run }) => run)).size).toBe(2);
    for (const { run, engine } of records) {
      expect(run).toMatch(/\/runs\/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(-2)?$/);
      expect(existsSync(join(run, 'index.html'))).toBe(true);
      expect(engine.threads).toBeGreaterThan(0);
      expect(engine.threads).toBeLessThanOrEqual(availableParallelism());
    }
  });

  it('without --json, the architecture comes first and the page to look at last', async () => {
    const run = join(temporaryFolder(), 'run');
    const { stdout, stderr } = await succeed(['train', ...short, '--out', run]);
    expect(stdout).toMatch(/^layer \(type\)/);
    expect(stdout).toMatch(/conv2d_2 \(conv2d\) +\[14, 14, 64\] +18,496 +3,612,672/);
    expect(stdout).toMatch(/total +421,642/);
    expect(lastLine(stdout)).toBe(`report             ${join(run, 'index.html')}`);
    expect(stderr).toMatch(/^epoch 1: loss \d\.\d{4} {2}accuracy [\d.]+\u00a0% {2}\(\d+\.\d s\)\nEvaluating …\n$/);
  });

  it('a run in a used folder replaces what was there', async () => {
    const run = join(temporaryFolder(), 'run');
    const first = await trained(run, short);
    const second = await trained(run, [...short, '--seed', '9']);
    expect(second.weightsSha256).not.toBe(first.weightsSha256);
    expect(recordIn(run)).toEqual(second);
    expect(readdirSync(run)).toHaveLength(4);
  });
});

it('npm start runs it, with more options behind --', async () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(scripts.start).toBe('node scripts/build.mjs && node dist/node/cli/main.js train --inspect');
  expect((await selvedge(['train', '--help'])).stdout).toContain('Examples:');
});
