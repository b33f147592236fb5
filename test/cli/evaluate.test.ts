import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, describe, expect, it } from 'vitest';
import type { Evaluation } from '../../src/core/evaluation/evaluation.ts';
import { accuracyOf } from '../../src/core/training/metrics.ts';
import { loadDataset, loadModel, openClassifier } from '../../src/node/index.ts';
import {
  expectOneSentence,
  filesIn,
  lastLine,
  selvedge,
  subset,
  succeed,
  temporaryFolder,
  trained,
} from './selvedge.ts';

describe('selvedge evaluate', async () => {
  const run = join(temporaryFolder(afterAll), 'run');
  const record = await trained(run, ['--data', subset, '--epochs', '3', '--batch-size', '50']);
  const { stdout } = await succeed(['evaluate', run, '--data', subset, '--json']);
  const result: Evaluation & { files: Record<string, string> } = JSON.parse(stdout);

  it("returns the scores of the run's record", () => {
    const { files, ...evaluation } = result;
    expect(evaluation).toEqual(record.evaluation);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(readFileSync(files['scores']!, 'utf8'))).toEqual(evaluation);
  });

  it("takes precision, recall and F1 from the confusion matrix as scikit-learn's definitions have it", () => {
    const { confusion, perClass, count, accuracy, macro, weighted } = result;
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    const classes = confusion.map((row, label) => {
      const hits = row[label]!;
      const [support, predicted] = [sum([...row]), sum(confusion.map((other) => other[label]!))];
      const [precision, recall] = [predicted ? hits / predicted : 0, support ? hits / support : 0];
      return { precision, recall, f1: hits ? (2 * precision * recall) / (precision + recall) : 0, support };
    });
    expect(perClass).toHaveLength(10);
    for (const [label, expected] of classes.entries()) {
      for (const [name, value] of Object.entries(expected)) {
        expect(perClass[label]![name as keyof typeof expected]).toBeCloseTo(value, 12);
      }
    }
    expect(count).toBe(200);
    expect(accuracy).toBeCloseTo(sum(confusion.map((row, label) => row[label]!)) / 200, 12);
    expect(macro.f1).toBeCloseTo(sum(classes.map(({ f1 }) => f1)) / 10, 12);
    expect(weighted.f1).toBeCloseTo(sum(classes.map(({ f1, support }) => f1 * support)) / 200, 12);
    expect(weighted.recall).toBeCloseTo(accuracy, 12);
  });

  it('lists the most confident mistakes, surest first', () => {
    const { mistakes, count, confusion } = result;
    const right = confusion.reduce((sum, row, label) => sum + row[label]!, 0);
    expect(right).toBeLessThan(count);
    expect(mistakes).toHaveLength(Math.min(24, count - right));
    for (const { label, predicted } of mistakes) expect(predicted).not.toBe(label);
    const confidences = mistakes.map(({ confidence }) => confidence);
    expect(confidences).toEqual(confidences.toSorted((a, b) => b - a));
  });

  it('draws the confusion matrix and the mistakes', () => {
    for (const name of ['confusion', 'mistakes']) {
      expect(result.files[name]).toBe(join(run, 'evaluation', `${name}.png`));
      const { width, height } = decode(readFileSync(result.files[name]!));
      expect(Math.min(width, height)).toBeGreaterThan(200);
    }
  });

  it('prints tables without --json, from the model file itself, to a folder that is named', async () => {
    const out = join(temporaryFolder(), 'scores');
    const { stdout, stderr } = await succeed(['evaluate', record.model, '--data', subset, '--out', out]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/class +precision +recall +F1 +(support|images)/i);
    for (const name of [...record.dataset.classNames, 'macro', 'weighted']) expect(stdout).toContain(name);
    expect(lastLine(stdout)).toContain(join(out, 'mistakes.png'));
    expect(Object.keys(filesIn(out)).sort()).toEqual(['confusion.png', 'evaluation.json', 'mistakes.png']);
  });

  it('--tta puts means over views beside the plain scores, with the number of passes', async () => {
    const out = join(temporaryFolder(), 'averaged');
    const words = ['evaluate', run, '--data', subset, '--out', out, '--tta', 'shift,flip'];
    const [json, text] = [await succeed([...words, '--json', '--threads', '2']), await succeed(words)];
    const { files, testTimeAugmentation, ...plain } = JSON.parse(json.stdout);
    expect(plain).toEqual(record.evaluation);
    expect(JSON.parse(readFileSync(files.scores, 'utf8'))).toEqual({ ...plain, testTimeAugmentation });
    const { evaluation: averaged, ...cost } = testTimeAugmentation;
    expect(cost).toEqual({ transforms: ['flip', 'shift'], passes: 10 });
    expect(Object.keys(averaged)).toEqual(Object.keys(plain));
    expect(averaged.loss).not.toBe(plain.loss);
    const [model, data] = [await loadModel(run), await loadDataset({ folder: subset })];
    const classifier = await openClassifier(model, { testTimeAugmentation: ['flip', 'shift'] });
    const { probabilities } = await classifier.answersOf(data.test);
    await classifier.close();
    expect(averaged.accuracy).toBe(accuracyOf(probabilities, data.test.labels));
    const shown = ({ accuracy, loss }: Evaluation) =>
      `accuracy ${(accuracy * 100).toFixed(2)} %   loss ${loss.toFixed(4)}`;
    expect(text.stdout.split('\n').slice(0, 2)).toEqual([
      `${shown(plain)}   200 images`,
      `${shown(averaged)}   with means over 10 passes of each image (flip, shift)`,
    ]);
  });

  it.each(['mirror', 'flip;shift', ''])('--tta %j is answered with one sentence', async (kinds) => {
    expectOneSentence(
      await selvedge(['evaluate', run, '--data', subset, '--tta', kinds]),
      /--tta is '.*', but should be flip, shift, or flip,shift/,
    );
  });

  it('returns the same on any number of threads', async () => {
    const out = temporaryFolder();
    const words = ['evaluate', run, '--data', subset, '--json', '--out', out, '--threads'];
    const [one, four] = await Promise.all(
      ['1', '4'].map(async (n) => JSON.parse((await succeed([...words, n])).stdout)),
    );
    expect(one).toEqual(four);
    expect(one.loss).toBe(result.loss);
  });
});
