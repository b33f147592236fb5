import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { piecesOf, someCuts, utf8 } from '../../../../test/catalogue/feeds.ts';
import { decodeText, undecodable } from './decodeText.ts';

async function decode(bytes: Uint8Array, cuts: readonly number[] = []): Promise<string> {
  let text = '';
  for await (const piece of decodeText(piecesOf(bytes, cuts))) text += piece;
  return text;
}

const utf16 = (text: string, littleEndian: boolean) => {
  const bytes = new Uint8Array(2 + text.length * 2);
  const view = new DataView(bytes.buffer);
  for (const [i, unit] of [0xfeff, ...Array.from({ length: text.length }, (_, j) => text.charCodeAt(j))].entries())
    view.setUint16(i * 2, unit, littleEndian);
  return bytes;
};

describe('decodeText', () => {
  const text = 'id,title\n1,Kleid für Größe 👗\n';

  it.each([
    ['UTF-8', utf8(text)],
    ['UTF-8 with a byte-order mark', utf8(`\ufeff${text}`)],
    ['UTF-16, little-endian', utf16(text, true)],
    ['UTF-16, big-endian', utf16(text, false)],
  ])('%s', async (_, bytes) => {
    expect(await decode(bytes)).toBe(text);
    expect(await decode(bytes, [1, 2, 3, 4, 5])).toBe(text);
  });

  it('marks bytes that are no UTF-8, and leaves replacement characters of other lines', async () => {
    const bytes = Uint8Array.from([...utf8('a\ufffd\n'), 0x4b, 0xfc, 0x0a, ...utf8('b\n'), 0xc3]);
    expect(await decode(bytes)).toBe(`a\ufffd\nK${undecodable}\nb\n${undecodable}`);
  });

  it('a line of 200,000 characters of three bytes is never cut inside one', async () => {
    const long = '衣'.repeat(200_000);
    expect(await decode(utf8(long), [70_001, 140_000, 333_333])).toBe(long);
  });

  it('any text is the same, wherever it is cut, and the caller may use its memory again', async () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 100 }).filter((one) => !one.startsWith('\ufeff'));
    await fc.assert(
      fc.asyncProperty(anyText, someCuts, async (one, cuts) => {
        const bytes = utf8(one);
        async function* reused() {
          for await (const piece of piecesOf(bytes, cuts)) {
            yield piece;
            piece.fill(0);
          }
        }
        let decoded = '';
        for await (const piece of decodeText(reused())) decoded += piece;
        expect(decoded).toBe(new TextDecoder().decode(bytes));
      }),
    );
  });
});
