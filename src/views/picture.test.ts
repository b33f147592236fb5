import fc from 'fast-check';
import { decode } from 'fast-png';
import { expect, it } from 'vitest';
import { picture, pngDataUri } from './picture.ts';

it('embeds a PNG that decodes to the same pixels, grey or coloured, of any size', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(1, 3, 4),
      (height, width, channels) => {
        const pixels = Uint8Array.from({ length: height * width * channels }, (_, i) => (i * 37) % 256);
        const [prefix, text] = pngDataUri({ pixels, height, width, channels }).split(',') as [string, string];
        expect(prefix).toBe('data:image/png;base64');
        const bytes = Buffer.from(text, 'base64');
        expect(bytes.toString('base64')).toBe(text);
        expect(decode(bytes)).toMatchObject({ width, height, channels, depth: 8 });
        expect(Array.from(decode(bytes).data)).toEqual(Array.from(pixels));
      },
    ),
    { numRuns: 50 },
  );
});

it('carries its alternative text, escaped', () => {
  const image = { pixels: Uint8Array.of(7), height: 1, width: 1, channels: 1 };
  expect(picture(image, 'a "small" dot').markup).toMatch(/ width="1" height="1" alt="a &quot;small&quot; dot">$/);
});
