import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { drawKind, testKinds } from '../../src/core/evaluation/outOfDistribution/drawings/kinds.ts';
import { developmentKinds } from './developmentKinds.ts';

const kinds = [...testKinds, ...developmentKinds];
const edge = 28;
const size = edge * edge;

describe('out-of-distribution pictures', () => {
  test('have at least three kinds to test on, and others to develop on', () => {
    expect(testKinds.length).toBeGreaterThanOrEqual(3);
    expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
  });

  test('are the same bytes on every machine', () => {
    const bytes = kinds.map((kind) => drawKind(kind, 12, 0));
    const digest = createHash('sha256');
    for (const pictures of bytes) digest.update(pictures);
    expect(digest.digest('hex').slice(0, 16)).toBe('ad54a2582d14e838');
  });

  test.each(kinds)('$name: neither empty nor full, light on black, no two alike', (kind) => {
    const pictures = drawKind(kind, 40, 5);
    const seen = new Set<string>();
    for (let n = 0; n < 40; n++) {
      const picture = pictures.subarray(n * size, (n + 1) * size);
      seen.add(picture.join());
      const lit = picture.filter((value) => value > 40).length / size;
      expect(lit, `picture ${n}`).toBeGreaterThan(0.02);
      expect(lit, `picture ${n}`).toBeLessThan(0.9);
      const corners = [0, edge - 1, size - edge, size - 1].map((at) => picture[at]!);
      expect(Math.min(...corners), `picture ${n}`).toBeLessThan(40);
    }
    expect(seen.size).toBe(40);
  });

  test('depend on the seed, not on the number of pictures', () => {
    const [kind] = testKinds;
    expect(drawKind(kind!, 5, 3).subarray(0, 2 * size)).toEqual(drawKind(kind!, 2, 3));
    expect(drawKind(kind!, 2, 4)).not.toEqual(drawKind(kind!, 2, 3));
  });
});
