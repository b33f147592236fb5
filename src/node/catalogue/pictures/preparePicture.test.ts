import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { drawn } from '../../../../test/fixtures/pictures.ts';
import { fingerprint } from '../../../core/data/pictures/fingerprint.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import { decodeImage, mediaTypeOf } from '../../images/decode.ts';
import { preparePicture } from './preparePicture.ts';

const bytesOf = async (picture: Sharp) => new Uint8Array(await picture.toBuffer());
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

async function sizeOf(bytes: Uint8Array): Promise<[type: string | undefined, width: number, height: number]> {
  const { width, height } = await sharp(bytes).metadata();
  return [mediaTypeOf(bytes), width, height];
}

/** A photo with everything that a camera and an editor leave in it. */
const photo = ({ width = 400, height = 300 } = {}) =>
  drawn({ number: 1, width, height })
    .withMetadata({ orientation: 6 })
    .withExif({ IFD0: { Copyright: 'SECRET' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 3230/100' } })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><SECRET/></x:xmpmeta>')
    .withIccProfile('p3');

describe('metadata', () => {
  test.each([
    ['JPEG', () => photo().jpeg(), 'image/jpeg'],
    ['WebP', () => photo().webp(), 'image/jpeg'],
    ['PNG', () => photo().png(), 'image/jpeg'],
    ['small PNG', () => photo({ width: 200, height: 150 }).png(), 'image/png'],
    ['tiny JPEG', () => photo({ width: 60, height: 45 }).jpeg(), 'image/png'],
  ])('of a %s is gone from what is stored: GPS, EXIF, XMP and profile', async (_, make, type) => {
    const bytes = await bytesOf(make());
    expect(await sharp(bytes).metadata()).toMatchObject({ exif: expect.anything(), icc: expect.anything() });
    expect(latin1(bytes)).toContain('SECRET');
    const { original, thumbnail } = await preparePicture(bytes, 'photo');
    expect(mediaTypeOf(original)).toBe(type);
    for (const stored of [original, thumbnail]) {
      const { exif, icc, xmp, iptc, orientation, comments, space } = await sharp(stored).metadata();
      expect([exif, icc, xmp, iptc, orientation, comments]).toEqual(Array(6).fill(undefined));
      expect(space).toBe('srgb');
      expect(latin1(stored)).not.toMatch(/SECRET|Exif|GPS|ICC_PROFILE|iCCP|ICCP|xmp/);
    }
  });

  test('about the orientation is applied', async () => {
    const halves = sharp({ create: { width: 120, height: 80, channels: 3, background: '#ffffff' } }).composite([
      { input: { create: { width: 60, height: 80, channels: 3, background: '#000000' } }, left: 0, top: 0 },
    ]);
    const turned = await bytesOf(
      sharp(await halves.png().toBuffer())
        .withMetadata({ orientation: 6 })
        .jpeg(),
    );
    const prepared = await preparePicture(turned, 'turned');
    expect(prepared).toMatchObject({ width: 80, height: 120, pixels: { width: 80, height: 120 } });
    for (const stored of [prepared.original, prepared.thumbnail]) {
      const { pixels, width, height } = await decodeImage(stored, 'stored');
      expect([width, height]).toEqual([80, 120]);
      expect(pixels[3 * (10 * 80 + 40)]).toBeLessThan(20);
      expect(pixels[3 * (110 * 80 + 40)]).toBeGreaterThan(235);
    }
  });

  test('about colours is applied: Display P3 becomes sRGB', async () => {
    const red = sharp({ create: { width: 300, height: 300, channels: 3, background: '#c81e64' } });
    const wide = await bytesOf(red.withIccProfile('p3').png());
    const { original } = await preparePicture(wide, 'wide');
    const stored = await decodeImage(original, 'stored');
    for (const [c, value] of [200, 30, 100].entries()) expect(Math.abs(stored.pixels[c]! - value)).toBeLessThan(4);
  });
});

describe('what is stored', () => {
  test.each<[string, () => Sharp, (string | number)[], (string | number)[]]>([
    [
      '28×28 grey PNG',
      () => drawn({ number: 2, width: 28, height: 28, grey: true }).png(),
      ['image/png', 28, 28],
      ['image/png', 28, 28],
    ],
    [
      '64×64 JPEG',
      () => drawn({ number: 2, width: 64, height: 64 }).jpeg(),
      ['image/png', 64, 64],
      ['image/png', 64, 64],
    ],
    [
      '65×20 JPEG',
      () => drawn({ number: 2, width: 65, height: 20 }).jpeg(),
      ['image/jpeg', 65, 20],
      ['image/webp', 65, 20],
    ],
    [
      '256×256 PNG',
      () => drawn({ number: 2, width: 256, height: 256 }).png(),
      ['image/png', 256, 256],
      ['image/webp', 256, 256],
    ],
    [
      '257×256 PNG',
      () => drawn({ number: 2, width: 257, height: 256 }).png(),
      ['image/jpeg', 257, 256],
      ['image/webp', 256, 255],
    ],
    [
      '1600×800 JPEG',
      () => drawn({ number: 2, width: 1600, height: 800 }).jpeg(),
      ['image/jpeg', 1600, 800],
      ['image/webp', 256, 128],
    ],
    [
      '1000×3200 WebP',
      () => drawn({ number: 2, width: 1000, height: 3200 }).webp(),
      ['image/jpeg', 500, 1600],
      ['image/webp', 80, 256],
    ],
    [
      '9000×1 PNG',
      () => drawn({ number: 2, width: 9000, height: 1 }).png(),
      ['image/png', 9000, 1],
      ['image/webp', 256, 1],
    ],
    [
      '1×9000 JPEG',
      () => drawn({ number: 2, width: 1, height: 9000 }).jpeg(),
      ['image/jpeg', 1, 1600],
      ['image/webp', 1, 256],
    ],
    ['1×1 WebP', () => drawn({ number: 2, width: 1, height: 1 }).webp(), ['image/png', 1, 1], ['image/png', 1, 1]],
  ])('of a %s', async (_, make, original, thumbnail) => {
    const prepared = await preparePicture(await bytesOf(make()), 'picture');
    expect(await sizeOf(prepared.original)).toEqual(original);
    expect(await sizeOf(prepared.thumbnail)).toEqual(thumbnail);
    expect(prepared.original === prepared.thumbnail).toBe(original[0] === thumbnail[0]);
  });

  test('of a 28×28 grey PNG has the same pixels, one channel, and no more bytes than a buffer that is its own', async () => {
    const bytes = await bytesOf(drawn({ number: 3, width: 28, height: 28, grey: true }).png());
    const prepared = await preparePicture(bytes, 'grey');
    const given = await decodeImage(bytes, 'given');
    expect(prepared.pixels).toEqual(given);
    expect(prepared.small).toBe(prepared.pixels);
    expect(await decodeImage(prepared.original, 'stored')).toEqual(given);
    expect(prepared.original.buffer.byteLength).toBe(prepared.original.byteLength);
  });

  test('has the digest of the file as it came, and the fingerprint of its pixels', async () => {
    const bytes = await bytesOf(photo().jpeg());
    const { digest, fingerprint: found, pixels, small } = await preparePicture(bytes, 'photo');
    expect(digest).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(found).toEqual(fingerprint(pixels));
    expect([small.width, small.height]).toEqual([192, 256]);
  });

  test('shows the picture: no pixel of a photo is further than 40 from it', async () => {
    const bytes = await bytesOf(drawn({ number: 4, width: 720, height: 640 }).png());
    const { original, pixels } = await preparePicture(bytes, 'photo');
    const stored = await decodeImage(original, 'stored');
    // In the middle of each square, away from its edges.
    for (let square = 0; square < 72; square++) {
      const at = 3 * ((Math.floor(square / 9) * 80 + 40) * 720 + (square % 9) * 80 + 40);
      for (let c = 0; c < 3; c++) expect(Math.abs(stored.pixels[at + c]! - pixels.pixels[at + c]!)).toBeLessThan(40);
    }
  });

  test('depends on the file alone', async () => {
    const bytes = await bytesOf(photo({ width: 100, height: 75 }).jpeg());
    expect(await preparePicture(bytes, 'a')).toEqual(await preparePicture(bytes, 'b'));
  });
});

describe('what is refused', () => {
  test.each<[string, () => Promise<Uint8Array>, RegExp]>([
    ['nothing', async () => new Uint8Array(), /is empty/],
    ['a page', async () => new TextEncoder().encode('<!doctype html>'), /not a PNG, JPEG or WebP/],
    ['a cut photo', async () => (await bytesOf(photo().jpeg())).subarray(0, 3_000), /damaged or cut short/],
    [
      'a PNG that claims 60000×60000 pixels',
      async () => pngOf(60_000, 60_000, new Uint8Array(100)),
      /60000×60000 pixels/,
    ],
    [
      'a PNG that claims 7000×7000 and holds 1 MB of zeros',
      async () => pngOf(7_000, 7_000, new Uint8Array(1e6)),
      /damaged/,
    ],
  ])('%s, in a sentence that names it', async (_, make, message) => {
    const failure = preparePicture(await make(), 'shoe.png');
    await expect(failure).rejects.toMatchObject({ code: 'bad-image', message: expect.stringMatching(message) });
    await expect(failure).rejects.toThrow(/^shoe\.png .*\.$/);
  });

  test('a photo with changed bytes is prepared or refused', async () => {
    const jpeg = await bytesOf(drawn({ number: 5, width: 90, height: 60 }).jpeg());
    const change = fc.tuple(fc.nat(jpeg.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const damaged = Uint8Array.from(jpeg);
        for (const [at, value] of changes) damaged[at] = value;
        await preparedOrRefused(damaged);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test('any bytes behind a picture’s first ones are prepared or refused', async () => {
    const starts = ['', '\x89PNG\r\n\x1a\n', '\xff\xd8\xff', 'RIFF\x40\0\0\0WEBPVP8 '];
    const start = fc.constantFrom(...starts).map((letters) => Uint8Array.from(letters, (l) => l.charCodeAt(0)));
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 300 }), (head, tail) =>
        preparedOrRefused(Uint8Array.from([...head, ...tail])),
      ),
      { numRuns: 200, seed: 1 },
    );
  });
});

async function preparedOrRefused(bytes: Uint8Array): Promise<void> {
  try {
    const { original, thumbnail } = await preparePicture(bytes, 'random');
    for (const stored of [original, thumbnail]) expect((await decodeImage(stored, 'stored')).width).toBeGreaterThan(0);
  } catch (error) {
    if (!(error instanceof SelvedgeError)) throw error;
    expect(error.code).toBe('bad-image');
  }
}

/** A grey PNG of the given size with these bytes as its rows. */
function pngOf(width: number, height: number, rows: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, body, crcOf(body)]);
  };
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', new Uint8Array())];
  return new Uint8Array(Buffer.concat([signature, ...chunks]));
}

function crcOf(bytes: Uint8Array): Buffer {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return sum;
}
