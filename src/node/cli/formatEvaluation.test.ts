import { describe, expect, it } from 'vitest';
import { scoreProbabilities } from '../../core/evaluation/scores.ts';
import { formatEvaluation } from './formatEvaluation.ts';

function evaluate(classNames: readonly string[]) {
  const classes = classNames.length;
  const labels = Uint32Array.from({ length: classes * 3 }, (_, index) => index % classes);
  const probabilities = new Float32Array(labels.length * classes);
  labels.forEach((label, index) => {
    probabilities[index * classes + ((label + (index < classes ? 1 : 0)) % classes)] = 1;
  });
  return scoreProbabilities({ probabilities, losses: new Float32Array(labels.length), labels, classNames });
}

describe('formatEvaluation', () => {
  it('prints two aligned tables under a headline', () => {
    expect(formatEvaluation(evaluate(['coat', 'bag', 'shirt']))).toBe(
      [
        'accuracy 66.67 %   loss 0.0000   9 images',
        '',
        'class          precision  recall      F1  images',
        'coat              0.6667  0.6667  0.6667       3',
        'bag               0.6667  0.6667  0.6667       3',
        'shirt             0.6667  0.6667  0.6667       3',
        'macro mean        0.6667  0.6667  0.6667       9',
        'weighted mean     0.6667  0.6667  0.6667       9',
        '',
        'true \\ predicted  0  1  2',
        '0 coat            2  1  0',
        '1 bag             0  2  1',
        '2 shirt           1  0  2',
      ].join('\n'),
    );
  });

  it('prints the accuracy and loss with test-time augmentation, and its passes, under the plain ones', () => {
    const [plain, evaluation] = [evaluate(['coat', 'bag', 'shirt']), { ...evaluate(['a', 'b']), accuracy: 0.75 }];
    const text = formatEvaluation({
      ...plain,
      testTimeAugmentation: { transforms: ['flip', 'shift'], passes: 10, evaluation },
    });
    expect(text.split('\n').slice(0, 3)).toEqual([
      'accuracy 66.67 %   loss 0.0000   9 images',
      'accuracy 75.00 %   loss 0.0000   with means over 10 passes of each image (flip, shift)',
      '',
    ]);
  });

  it.each([1, 10, 26, 40, 100])('stays within 100 columns for %i classes with long names', (classes) => {
    const text = formatEvaluation(
      evaluate(Array.from({ length: classes }, (_, i) => `${'a rather long name '.repeat(4)}${i}`)),
    );
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('prints a matrix of exactly 100 columns, and none of 101', () => {
    // A first column of 18, 10 columns of 3 and 13 of 4.
    const named = (length: number) =>
      formatEvaluation(evaluate(Array.from({ length: 23 }, (_, i) => (i === 22 ? 'x'.repeat(length) : 'a'))));
    expect(named(15).split('\n').at(-1)).toHaveLength(100);
    expect(named(15)).toContain('true \\ predicted');
    expect(named(16)).not.toContain('true \\ predicted');
  });

  it('lists the most frequent confusions where the matrix does not fit', () => {
    expect(formatEvaluation(evaluate(Array.from({ length: 60 }, (_, i) => `class ${i}`)))).toMatch(
      /^true, predicted +images\nclass 0, class 1 +1$/m,
    );
  });

  it('lets no control character of a class name through to the terminal', () => {
    const text = formatEvaluation(evaluate(['coat\u001b[2J', 'bag\n\r']));
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(text.split('\n')).toHaveLength(11);
  });
});
