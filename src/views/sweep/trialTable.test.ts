import { expect, it } from 'vitest';
import { sampleSweep } from '../../../test/fixtures/sampleSweep.ts';
import { trialLink, trialTable } from './trialTable.ts';

const words = (markup: string) =>
  markup
    .replace(/<wbr>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

it('lists all trials by value, with parameters, epochs and seconds', () => {
  const sweep = sampleSweep({ trials: 20, parameters: 2 });
  const { markup } = trialTable(sweep);
  const order = Array.from(markup.matchAll(/<th scope="row"><a [^>]*>(\d+)</g), ([, number]) => Number(number));
  expect(order).toHaveLength(20);
  const values = order.map((number) => sweep.trials[number]!.value ?? -1);
  expect(values).toEqual(values.toSorted((a, b) => b - a));
  expect(words(markup)).toContain('trial status validation accuracy multiply-adds learningRate filters epochs seconds');
  expect(markup).toMatch(/<tr class="best-row">.*>complete, best</);
});

it('shows the error of a trial below it, over all columns', () => {
  const { markup } = trialTable(sampleSweep({ trials: 20, parameters: 2 }));
  expect(markup).toContain('colspan="8"><span>Trial 9: The loss is not finite in epoch 2');
  expect(trialTable(sampleSweep({ trials: 20, parameters: 2, second: null })).markup).toContain(
    'colspan="7"><span>Trial 9',
  );
});

it('has a column for a parameter that only earlier trials have', () => {
  const sweep = sampleSweep({ trials: 5, parameters: 3 });
  const table = words(trialTable({ ...sweep, parameters: sweep.parameters.slice(1) }).markup);
  expect(table).toContain('filters optimizer learningRate epochs');
});

it('links to the page of a complete trial, to the folder of others, and to nothing of one that waits', () => {
  const [trial] = sampleSweep({ trials: 1 }).trials;
  const link = (change: Partial<typeof trial>) => trialLink({ ...trial!, ...change }).markup;
  expect(link({})).toBe('<a href="./trials/0000/index.html">0</a>');
  expect(link({ status: 'stopped' })).toBe('<a href="./trials/0000/">0</a>');
  expect(link({ status: 'waiting' })).toBe('0');
  expect(link({ folder: 'javascript:alert(1)' })).toBe('<a href="./javascript%3Aalert(1)/index.html">0</a>');
  expect(link({ folder: 'trials\\a b#?' })).toBe('<a href="./trials/a%20b%23%3F/index.html">0</a>');
});

it('scrolls by itself with more than 40 trials', () => {
  expect(trialTable(sampleSweep({ trials: 40 })).markup).not.toContain('trials tall');
  expect(trialTable(sampleSweep({ trials: 41 })).markup).toContain('trials tall');
  expect(trialTable(sampleSweep({ trials: 0 })).markup).toBe('<p>No trial has been started.</p>');
});
