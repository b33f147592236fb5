import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { SelvedgeError } from '../../core/errors.ts';
import { decodeImage } from './decode.ts';

/** 3 wide, 2 high: red, green, blue; black, white, mid grey. */
const colours = [255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 128, 128, 128];
const rgb = () => sharp(Uint8Array.from(colours), { raw: { width: 3, height: 2, channels: 3 } });
const greys = Uint8Array.from([0, 50, 100, 150, 200, 250]);
const grey = () => sharp(greys, { raw: { width: 3, height: 2, channels: 1 } }).toColourspace('b-w');
const large = () => sharp({ create: { width: 90, height: 60, channels: 3, background: '#c81e64' } });

describe('what decodes', () => {
  test.each([
    ['PNG', () => rgb().png().toBuffer()],
    ['lossless WebP', () => rgb().webp({ lossless: true }).toBuffer()],
    ['16-bit PNG', () => rgb().toColourspace('rgb16').png().toBuffer()],
  ])('an RGB %s keeps its pixels', async (_, encode) => {
    const image = await decodeImage(await encode(), 'rgb');
    expect([image.height, image.width, image.channels]).toEqual([2, 3, 3]);
    expect([...image.pixels]).toEqual(colours);
  });

  test.each([
    ['8-bit PNG', () => grey().png().toBuffer()],
    ['16-bit PNG', () => grey().toColourspace('grey16').png().toBuffer()],
  ])('a grey %s stays one channel', async (_, encode) => {
    const image = await decodeImage(await encode(), 'grey');
    expect(image).toMatchObject({ height: 2, width: 3, channels: 1 });
    expect(image.pixels).toEqual(greys);
  });

  test('a grey PNG with alpha stays one channel', async () => {
    const pixels = Uint8Array.from([100, 255, 0, 0, 200, 255]);
    const png = sharp(pixels, { raw: { width: 3, height: 1, channels: 2 } })
      .toColourspace('b-w')
      .png();
    const image = await decodeImage(await png.toBuffer(), 'grey');
    expect(image).toEqual({ pixels: Uint8Array.of(100, 255, 200), height: 1, width: 3, channels: 1 });
  });

  test('a grey JPEG stays one channel', async () => {
    expect((await decodeImage(await grey().jpeg().toBuffer(), 'grey')).channels).toBe(1);
  });

  test('transparency is laid on white', async () => {
    const pixels = Uint8Array.from([200, 0, 0, 0, 200, 0, 0, 255, 0, 0, 0, 51]);
    const png = await sharp(pixels, { raw: { width: 3, height: 1, channels: 4 } })
      .png()
      .toBuffer();
    const image = await decodeImage(png, 'rgba');
    expect([...image.pixels]).toEqual([255, 255, 255, 200, 0, 0, 204, 204, 204]);
  });

  test('EXIF orientation 6 turns the picture upright', async () => {
    const turned = await large().jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await decodeImage(turned, 'turned')).toMatchObject({ height: 90, width: 60, channels: 3 });
  });

  test('CMYK becomes sRGB', async () => {
    const cmyk = await large().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const image = await decodeImage(cmyk, 'cmyk');
    expect(image.channels).toBe(3);
    for (const [c, value] of [200, 30, 100].entries()) expect(Math.abs(image.pixels[c]! - value)).toBeLessThan(40);
  });
});

describe('what is refused', () => {
  const text = (words: string) => new TextEncoder().encode(words);
  test.each<[string, () => Promise<Uint8Array>, RegExp]>([
    ['an empty file', async () => new Uint8Array(), /is empty/],
    ['text', async () => text('a list of shoes'), /not a PNG, JPEG or WebP/],
    ['SVG', async () => text('<svg xmlns="http://www.w3.org/2000/svg"/>'), /not a PNG, JPEG or WebP/],
    ['a GIF', () => rgb().gif().toBuffer(), /not a PNG, JPEG or WebP/],
    [
      'only the first bytes of a PNG',
      async () => (await rgb().png().toBuffer()).subarray(0, 8),
      /damaged or cut short/,
    ],
    ['a JPEG cut in half', async () => firstHalf(await large().jpeg().toBuffer()), /damaged or cut short/],
    ['a PNG cut in half', async () => firstHalf(await large().png().toBuffer()), /damaged or cut short/],
    ['a WebP cut in half', async () => firstHalf(await large().webp().toBuffer()), /damaged or cut short/],
    ['a PNG that claims 60000×60000', async () => hugePng(), /60000×60000 pixels, more than 50 million/],
  ])('%s, in one sentence that names it', async (_, make, message) => {
    const failure = decodeImage(await make(), 'shoe.png');
    await expect(failure).rejects.toThrow(SelvedgeError);
    await expect(failure).rejects.toMatchObject({ code: 'bad-image', message: expect.stringMatching(message) });
    await expect(failure).rejects.toThrow(/^shoe\.png .*\.$/);
  });

  test('any bytes, with and without a picture’s first ones, decode or are refused', async () => {
    const starts = ['', '\x89PNG\r\n\x1a\n', '\xff\xd8\xff', 'RIFF\x40\0\0\0WEBPVP8 '];
    const start = fc.constantFrom(...starts).map((letters) => Uint8Array.from(letters, (l) => l.charCodeAt(0)));
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 300 }), async (head, tail) => {
        await decodesOrIsRefused(Uint8Array.from([...head, ...tail]));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test('a JPEG with changed bytes decodes or is refused', async () => {
    const jpeg = await large().jpeg().toBuffer();
    const change = fc.tuple(fc.nat(jpeg.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const damaged = Uint8Array.from(jpeg);
        for (const [at, value] of changes) damaged[at] = value;
        await decodesOrIsRefused(damaged);
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});

async function decodesOrIsRefused(bytes: Uint8Array): Promise<void> {
  try {
    const { pixels, height, width, channels } = await decodeImage(bytes, 'random');
    expect(pixels.length).toBe(height * width * channels);
  } catch (failure) {
    expect(failure).toBeInstanceOf(SelvedgeError);
    expect((failure as SelvedgeError).code).toBe('bad-image');
  }
}

function firstHalf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

function hugePng(): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(60000, 0);
  header.writeUInt32BE(60000, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const chunks = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1000))),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat([signature, ...chunks]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
