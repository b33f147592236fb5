import { describe, expect, it } from 'vitest';
import { isHttpError } from '../errors.ts';
import { parseMultipart } from './multipart.ts';

const type = 'multipart/form-data; boundary=b';
const lines = (...all: string[]) => Buffer.from(all.join('\r\n'), 'latin1');
const parse = (body: Buffer, contentType = type) =>
  parseMultipart(body, contentType, 3).map(({ name, filename, data }) => [name, filename, data.toString('latin1')]);
const disposition = (rest: string) => `Content-Disposition: form-data${rest}`;
const part = (...headers: string[]) => lines('--b', ...headers, '', 'x', '--b--', '');

describe('a multipart body', () => {
  it('may have a preamble, an epilogue, blanks after a boundary, and a boundary in quotes with blanks in it', () => {
    const body = lines('preamble', '--a b \t', disposition('; name="n"'), '', 'x', '--a b--', 'epilogue', '--a b');
    expect(parse(body, 'Multipart/Form-Data; charset=utf-8; Boundary="a b"')).toEqual([['n', undefined, 'x']]);
  });

  it('may hold line breaks, empty parts, and what nearly is a boundary', () => {
    const data = '\r\n--\r\n-b\r\n--c--b\r\n';
    const body = lines('--b', disposition('; name=n'), '', data, '--b', disposition('; name=m'), '', '', '--b--');
    expect(parse(body)).toEqual([
      ['n', undefined, data],
      ['m', undefined, ''],
    ]);
  });

  it.each([
    ['a header folded over two lines', [disposition(';'), ' name="n"'], ['n', undefined]],
    ['names in any case', ['CONTENT-DISPOSITION: Form-Data; NAME=n'], ['n', undefined]],
    ['other headers', ['Content-Type: image/png', disposition('; name=n'), 'X-More: name=m'], ['n', undefined]],
    ['quotes in a name', [disposition('; name="a\\"b"; filename="c:\\d\\\\e.png"')], ['a"b', 'c:\\d\\e.png']],
    ['a name within a name', [disposition('; filename="; name=evil"; name="n"')], ['n', '; name=evil']],
    ['a name twice', [disposition('; name=n; name=m')], ['n', undefined]],
    ['only filename*', [disposition("; name=n; filename*=UTF-8''%e2%82%ac.png")], ['n', "UTF-8''%e2%82%ac.png"]],
    ['__proto__', [disposition('; name=__proto__; __proto__=x')], ['__proto__', undefined]],
    [
      'a transfer encoding that changes nothing',
      [disposition('; name=n'), 'content-transfer-encoding: 8bit'],
      ['n', undefined],
    ],
  ])('a part may have %s', (_, headers, expected) => {
    expect(parse(part(...headers))).toEqual([[...expected, 'x']]);
  });

  it.each([
    ['no boundary', part(disposition('; name=n')), 'multipart/form-data'],
    ['a boundary of 71 characters', part(disposition('; name=n')), `${type}${'b'.repeat(70)}`],
    ['a part without a name', part(disposition('; filename=n'))],
    ['a part without headers', lines('--b', '', 'x', '--b--')],
    ['an attachment', part('Content-Disposition: attachment; name=n')],
    ['a part in base64', part(disposition('; name=n'), 'Content-Transfer-Encoding: base64')],
    ['no end', lines('--b', disposition('; name=n'), '', 'x')],
    ['something after a boundary', lines('--bc', disposition('; name=n'), '', 'x', '--b--')],
    ['five kilobytes of headers', part(disposition('; name=n'), `X: ${'x'.repeat(5000)}`)],
    [
      'lines that end with a line feed alone',
      Buffer.from(part(disposition('; name=n')).toString().replaceAll('\r', '')),
    ],
  ])('is rejected with %s', (_, body, contentType = type) => {
    expect(() => parse(body, contentType)).toThrow(expect.objectContaining({ code: 'bad-multipart' }));
  });

  it('is rejected with more parts than allowed', () => {
    const one = lines('--b', disposition('; name=n'), '', 'x', '');
    const body = Buffer.concat([one, one, one, one, Buffer.from('--b--')]);
    expect(() => parse(body)).toThrow(expect.objectContaining({ code: 'too-many-images' }));
  });

  it('costs time in proportion to its length, whatever it holds', () => {
    for (const piece of ['\r\n--', '\r\n', '--b\r\n', '; name="', '\\"']) {
      const body = Buffer.from(`--b\r\n${disposition('')}${piece.repeat(400_000)}`);
      expect(() => parse(body)).toSatisfy((action) => {
        try {
          (action as () => unknown)();
          return true;
        } catch (error) {
          return isHttpError(error);
        }
      });
    }
  });
});
