import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SelvedgeError } from '../../errors.ts';
import { type ManifestEntry, parsePictureManifest } from './manifest.ts';

const csv = (text: string) => parsePictureManifest(text, 'photos.csv', 'csv');
const jsonl = (text: string) => parsePictureManifest(text, 'photos.jsonl', 'jsonl');

describe('CSV', () => {
  test('columns in any order, groups and parts where they are given, quoted cells, CR LF, empty lines, a byte order mark', () => {
    const text =
      '\ufefflabel,path,split,group\r\nshirt,a/1.jpg,train,p 1\r\n\r\n"Coat, ""long""",./b//2.png,,\r\n"two\nlines".png';
    expect(() => csv(text)).toThrow(/^photos\.csv, line 5: text follows a closing quote in line 6;/);
    expect(csv(text.slice(0, text.indexOf('"two')))).toEqual([
      { path: 'a/1.jpg', label: 'shirt', group: 'p 1', split: 'train' },
      { path: 'b/2.png', label: 'Coat, "long"', group: undefined, split: undefined },
    ]);
  });

  test('a line end in a quoted cell counts in the numbers of the lines behind it', () => {
    expect(() => csv('path,label,group\na,x,"1\n2"\nb,,\n')).toThrow(/^photos\.csv, line 2: the group has a line end/);
    expect(() => csv('path,label\n"a\nb",x\nc,\n')).toThrow(/^photos\.csv, line 4: the label is empty\.$/);
  });

  test.each([
    ['', /^photos\.csv lists no pictures; add a line for each\.$/],
    ['path,label\n', /lists no pictures/],
    ['path;label\na;b', /line 1: the columns are not separated by commas/],
    ['a.jpg,shirt\n', /line 1: the header lacks the column path; begin the file with path,label/],
    ['path,class\n', /line 1: the header lacks the column label/],
    ['path,label,grup\n', /line 1: 'grup' is no column of a list of pictures \(did you mean group\?\)/],
    ['path,label,path\n', /line 1: the column path is there twice/],
    ['path,label\na\n', /line 2: it has 1 cells, but the header 2/],
    ['path,label\n"a,b\n', /line 2: a quote is never closed/],
    ['path,label\na,b\nc,d\n./a,e\n', /line 4: a is also on line 2; remove one of them/],
    [
      'path,label,split\na,b,tests\n',
      /line 2: the split is 'tests'; write train, validation or test \(did you mean test\?\)/,
    ],
  ])('%j is refused', (text, message) => {
    expect(() => csv(text)).toThrow(SelvedgeError);
    expect(() => csv(text)).toThrow(message);
  });
});

describe('JSON Lines', () => {
  test('the same keys; null stands for nothing, and a number can be a label', () => {
    expect(jsonl('{"path":"a","label":3,"group":null}\n\n{"path":"b","label":"x","split":"test","group":7}\n')).toEqual(
      [
        { path: 'a', label: '3', group: undefined },
        { path: 'b', label: 'x', group: '7', split: 'test' },
      ],
    );
  });

  test.each([
    ['{"path":"a","label":"b"}\n{"path"', /^photos\.jsonl, line 2: it is not valid JSON/],
    ['[]', /line 1: it is no object; write \{"path"/],
    ['7', /line 1: it is no object/],
    ['{"path":"a"}', /line 1: the label is missing/],
    ['{"label":"a"}', /line 1: the path is missing/],
    ['{"path":"a","label":["b"]}', /line 1: the label is missing/],
    ['{"path":"a","label":"b","labels":"c"}', /line 1: 'labels' is no key of a picture \(did you mean label\?\)/],
  ])('%j is refused', (text, message) => {
    expect(() => jsonl(text)).toThrow(message);
  });
});

test.each([
  ['../a.jpg', /'\.\.'/],
  ['a/../../b.jpg', /'\.\.'/],
  ['/etc/passwd', /is absolute/],
  ['C:/a.jpg', /is absolute/],
  ['a\\..\\b.jpg', /backslash/],
  ['https://example.org/a.jpg', /is an address/],
  ['a\0.jpg', /no path can have/],
  ['', /is empty/],
  ['./', /names no file/],
])('the path %j is refused', (path, message) => {
  expect(() => jsonl(JSON.stringify({ path, label: 'x' }))).toThrow(message);
});

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => text.trim())
  .filter((text) => text !== '');
const step = name.filter((text) => !/[/\\]/.test(text) && text !== '.' && text !== '..');
const entry: fc.Arbitrary<ManifestEntry> = fc.record({
  path: fc
    .array(step, { minLength: 1, maxLength: 3 })
    .map((steps) => steps.join('/'))
    .filter((path) => !/^[a-z]:/i.test(path)),
  label: name,
  group: fc.option(name, { nil: undefined }),
  split: fc.option(fc.constantFrom('train' as const, 'validation' as const, 'test' as const), { nil: undefined }),
});
const entries = fc.uniqueArray(entry, { selector: ({ path }) => path, minLength: 1, maxLength: 8 });
const quoted = (cell = '') => `"${cell.replaceAll('"', '""')}"`;

test('what is written as CSV or as JSON Lines is read back', () => {
  fc.assert(
    fc.property(entries, fc.constantFrom('\n', '\r\n'), (list, end) => {
      const rows = list.map(({ path, label, group, split }) => [path, label, group, split].map(quoted).join(','));
      expect(csv(['path,label,group,split', ...rows].join(end))).toEqual(list);
      expect(jsonl(list.map((one) => JSON.stringify(one)).join(end))).toEqual(list);
    }),
  );
});

test('any text is read or refused with the file and a line, and no path climbs out', () => {
  const piece = fc.oneof(
    fc.constantFrom('path,label\n', '"', ',', '\n', '\r', '..', '/', '{"path":', '"a"', '}', 'test'),
    fc.string({ maxLength: 4 }),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      fc.constantFrom('csv' as const, 'jsonl' as const),
      (pieces, format) => {
        const text = `${format === 'csv' ? 'path,label\n' : ''}${pieces.join('')}`;
        try {
          for (const { path } of parsePictureManifest(text, 'f', format)) {
            expect(path.split('/')).not.toContain('..');
            expect(path).not.toMatch(/^\//);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(SelvedgeError);
          expect((error as SelvedgeError).message).toMatch(/^f(, line \d+: | lists no pictures)/);
        }
      },
    ),
    { numRuns: 500 },
  );
});
