import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseDocument } from 'yaml';
import { SelvedgeError } from '../core/errors.ts';
import { mostSimilar } from '../core/similar.ts';
import { completeConfiguration, defaultConfiguration } from '../core/training/configuration.ts';
import { formatConfig, parseConfig, readConfigFile } from './configFile.ts';

const parse = (text: string) => parseConfig(text, 'mine.yaml', parseDocument);

describe('a configuration file', () => {
  test.each([
    [
      'YAML',
      'optimizer: sgd # with\nmomentum: 0.9\nweightDecayRoles: [kernel, bias]\nlearningRateMultipliers:\n  bias: 2\n',
    ],
    [
      'JSON',
      '{"optimizer":"sgd","momentum":0.9,"weightDecayRoles":["kernel","bias"],"learningRateMultipliers":{"bias":2}}',
    ],
  ])('is %s', (_, text) => {
    expect(parse(text)).toEqual({
      settings: {
        ...{ optimizer: 'sgd', momentum: 0.9 },
        ...{ weightDecayRoles: ['kernel', 'bias'], learningRateMultipliers: { bias: 2 } },
      },
    });
  });

  test('names a network, and may be empty', () => {
    expect(parse('network: mine.json')).toEqual({ settings: {}, network: 'mine.json' });
    expect(parse('')).toEqual({ settings: {} });
    expect(parse('# nothing yet\n')).toEqual({ settings: {} });
  });

  const changed = completeConfiguration({
    ...{ optimizer: 'sgd', momentum: 0.9, nesterov: true, limit: 100, schedule: 'step', stepFactor: 0.1 },
    ...{ learningRateMultipliers: { bias: 2, kernel: 0.5 }, emaDecay: 0.99, globalClipnorm: 1e-7 },
  });
  test.each([defaultConfiguration, changed])('as it is printed gives the same settings', (configuration) => {
    const text = formatConfig('my "net".json', configuration);
    expect(parse(text)).toEqual({ settings: configuration, network: 'my "net".json' });
    expect(text.split('\n').every((line) => line === '' || / # ./.test(line))).toBe(true);
  });

  test.each([
    ['epoch: 3', "mine.yaml has the unknown setting 'epoch' (did you mean epochs?)."],
    ['learning-rate: 3', "mine.yaml has the unknown setting 'learning-rate' (did you mean learningRate?)."],
    ['ema_decai: 3', "mine.yaml has the unknown setting 'ema_decai' (did you mean emaDecay?)."],
    ['epochs: five', 'mine.yaml has epochs: "five", which should be a whole number from 1 up.'],
    ['limit: 0', 'mine.yaml has limit: 0, which should be a whole number from 1 up, or null.'],
    [
      'weightDecayRoles: kernel',
      /weightDecayRoles: "kernel", which should be a list of roles of parameters \(kernel, bias/,
    ],
    ['network: [1]', /has network: \[1\], which should be a built-in network's name or the path of a JSON file\.$/],
    ['- epochs', "mine.yaml is no table of settings such as 'epochs: 10'."],
    ['7', "mine.yaml is no table of settings such as 'epochs: 10'."],
    ['epochs: 1\nepochs: 2', 'mine.yaml is neither YAML nor JSON (Map keys must be unique, line 2).'],
    ['{"epochs": 1', /^mine\.yaml is neither YAML nor JSON \(.*, line 1\)\.$/],
    ['epochs: *none', /^mine\.yaml is no usable YAML \(.*none.*\)\.$/],
  ])('%j is refused in one sentence', (text, message) => {
    expect(() => parse(text)).toThrow(SelvedgeError);
    expect(() => parse(text)).toThrow(message);
  });

  test('an unknown setting that is like none is answered with all of them', () => {
    expect(() => parse('gpu: true')).toThrow(
      /unknown setting 'gpu'; the settings are network, epochs, .*imageSizes\.$/,
    );
    expect(() => parse(`${'x'.repeat(1000)}: true`)).toThrow(/the settings are network/);
  });

  test('with any text is read, or refused in one sentence', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(
        fc.constantFrom('epochs', 'optimizer', ': ', '- ', '\n', ' ', '{', '}', '&a', '*a', '3', 'adam', '!!', '|'),
      ),
    );
    fc.assert(
      fc.property(texts, (drawn) => {
        const text = Array.isArray(drawn) ? drawn.join('') : drawn;
        try {
          parse(text);
        } catch (error) {
          expect(error).toMatchObject({ name: 'SelvedgeError', code: 'bad-option' });
          expect((error as Error).message).toMatch(/^mine\.yaml [^\n]*\.$/);
        }
      }),
      { seed: 13, numRuns: 2000 },
    );
  });

  test('is read from the disk, or said to be missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'selvedge-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'a.yaml');
    await expect(readConfigFile(file)).rejects.toMatchObject({ code: 'missing-file' });
    writeFileSync(file, 'epochs: 3\n');
    expect(await readConfigFile(file)).toEqual({ settings: { epochs: 3 } });
  });
});

test('mostSimilar finds the word with the fewest changes, if they are few', () => {
  const words = ['momentum', 'beta1', 'beta2', 'batchSize'];
  expect(['momntum', 'BATCH-SIZE', 'beta', 'bta2', 'size'].map((word) => mostSimilar(word, words))).toEqual([
    'momentum',
    'batchSize',
    'beta1',
    'beta2',
    undefined,
  ]);
});
