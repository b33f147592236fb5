import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pictureAddress } from './pictureAddress.ts';

describe('pictureAddress', () => {
  it.each([
    ['https://shop.example/a.jpg?w=1', 'https://shop.example/a.jpg?w=1'],
    ['HTTP://shop.example', 'HTTP://shop.example'],
    ['photos/a b.jpg', 'photos/a b.jpg'],
    ['.\\photos\\\\a.jpg', 'photos/a.jpg'],
    ['..a/b..jpg', '..a/b..jpg'],
  ])('%s', (text, address) => {
    expect(pictureAddress(text, true)).toEqual({ address });
  });

  it.each([
    ['../a.jpg', 'contains ".."'],
    ['a\\..\\..\\b.jpg', 'contains ".."'],
    ['/etc/passwd', 'is an absolute path'],
    ['\\\\server\\a.jpg', 'is neither|is an absolute path'],
    ['C:\\a.jpg', 'is an absolute path'],
    ['c:a.jpg', 'is an absolute path'],
    ['./c:/a.jpg', 'is an absolute path'],
    ['./https://a/b.jpg', 'is an absolute path'],
    ['file:///etc/passwd', 'is neither an http or https address nor a path'],
    ['data:image/png;base64,AA', 'is neither an http or https address nor a path'],
    ['//cdn.example/a.jpg', 'is neither an http or https address nor a path'],
    ['http:a.jpg', 'is not a complete http or https address'],
    ['https://a b', 'is not a complete http or https address'],
    ['a\u0000.jpg', 'contains control characters'],
    ['./', 'is no file'],
    [`${'a'.repeat(2_001)}`, 'is longer than 2000 characters'],
  ])('refuses %j', (text, reason) => {
    expect(pictureAddress(text, true)).toEqual({ reason: expect.stringMatching(reason) });
  });

  it('refuses paths in feeds that come over HTTP', () => {
    expect(pictureAddress('a.jpg', false)).toEqual({ reason: expect.stringMatching('"a.jpg" is a path') });
    expect(pictureAddress('https://a/b', false)).toEqual({ address: 'https://a/b' });
  });

  it('no accepted path leaves the folder', () => {
    const text = fc.string({ unit: fc.constantFrom('.', '/', '\\', 'a', 'C', ':'), maxLength: 10 });
    fc.assert(
      fc.property(text, (one) => {
        const found = pictureAddress(one, true);
        const address = 'address' in found ? found.address : 'none';
        expect(address).not.toMatch(/^[a-z]:/i);
        expect(address.split('/').filter((step) => ['', '.', '..'].includes(step))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});
