import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, describe, expect, it } from 'vitest';
import type { Evaluation } from '../../src/core/evaluation/evaluation.ts';
import { filesIn, lastLine, subset, succeed, temporaryFolder, trained } from './selvedge.ts';

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
