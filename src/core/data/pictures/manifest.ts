import { z } from 'zod';
import { SelvedgeError } from '../../errors.ts';
import { mostSimilar } from '../../similar.ts';
import { readCsvRows } from './csvRows.ts';

/** The parts of a split. */
export const parts = ['train', 'validation', 'test'] as const;
export type Part = (typeof parts)[number];

const longest = 200;

/** Why a text cannot be a path below the manifest's folder, if it cannot. */
function unusable(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (path.includes('\0')) return 'has a character that no path can have';
  if (path.includes('\\')) return "has a backslash; write '/' between folders";
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) return 'is an address; pictures have to be files';
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return "is absolute; make it relative to the manifest's folder";
  if (path.split('/').includes('..')) return "has the step '..'; pictures have to be in the manifest's folder";
  return undefined;
}

const pathSchema = z
  .string('is missing')
  .superRefine((path, context) => {
    const fault = unusable(path);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .transform((path) =>
    path
      .split('/')
      .filter((step) => step !== '' && step !== '.')
      .join('/'),
  )
  .refine((path) => path !== '', 'names no file');

const nameSchema = z
  .union([z.string(), z.int().transform(String)], 'is missing')
  .transform((text) => text.trim())
  .pipe(
    z
      .string()
      .min(1, 'is empty')
      .max(longest, `has more than ${longest} characters`)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
      .regex(/^[^\u0000-\u001f\u007f]*$/, 'has a line end or another control character'),
  );

/** An empty cell of a CSV file, or null, is as if it were left out. */
const optional = <T>(schema: z.ZodType<T>) =>
  z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional());

const entrySchema = z.strictObject({
  path: pathSchema,
  label: nameSchema,
  group: optional(nameSchema),
  split: optional(
    z.enum(parts, {
      error: ({ input }) =>
        `is '${String(input).slice(0, longest)}'; write ${parts.slice(0, -1).join(', ')} or ${parts.at(-1)}${meant(String(input), parts)}`,
    }),
  ),
});

const columns = Object.keys(entrySchema.shape);
const required = ['path', 'label'];

/** A picture as a manifest lists it. */
export interface ManifestEntry {
  /** Relative to the manifest's folder, with '/' between folders and no '.' or '..'. */
  readonly path: string;
  readonly label: string;
  /** Pictures of one group, for example of one product, stay on one side of the split. */
  readonly group?: string | undefined;
  /** The part that the picture belongs to; drawn if it is left out. */
  readonly split?: Part | undefined;
}

export type ManifestFormat = 'csv' | 'jsonl';

/**
 * Reads a list of pictures: CSV with the header `path,label[,group][,split]`, or JSON Lines of objects with these keys.
 * @param name the file in errors
 * @throws SelvedgeError 'bad-data' naming the file and the line
 */
export function parsePictureManifest(text: string, name: string, format: ManifestFormat): ManifestEntry[] {
  const content = text.startsWith('\ufeff') ? text.slice(1) : text;
  const entries: ManifestEntry[] = [];
  const lines = new Map<string, number>();
  for (const { line, value } of format === 'csv' ? csvObjects(content, name) : jsonObjects(content, name)) {
    const entry = readEntry(value, `${name}, line ${line}`);
    const before = lines.get(entry.path);
    if (before !== undefined) {
      throw new SelvedgeError(
        'bad-data',
        `${name}, line ${line}: ${entry.path} is also on line ${before}; remove one of them.`,
      );
    }
    lines.set(entry.path, line);
    entries.push(entry);
  }
  if (entries.length > 0) return entries;
  throw new SelvedgeError('bad-data', `${name} lists no pictures; add a line for each.`);
}

interface Listed {
  readonly line: number;
  readonly value: unknown;
}

function* csvObjects(text: string, name: string): Generator<Listed> {
  const [first, ...rows] = readCsvRows(text, name);
  if (!first) return;
  const header = first.cells.map((cell) => cell.trim());
  const fail = (problem: string) => {
    throw new SelvedgeError('bad-data', `${name}, line ${first.line}: ${problem}.`);
  };
  if (header.length === 1 && /[;\t]/.test(header[0]!))
    fail('the columns are not separated by commas; write path,label');
  const strange = header.find((column) => !columns.includes(column));
  const missing = required.find((column) => !header.includes(column));
  if (strange !== undefined && (missing === undefined || mostSimilar(strange, columns) !== undefined)) {
    fail(`'${strange.slice(0, longest)}' is no column of a list of pictures${meant(strange, columns)}`);
  }
  if (missing !== undefined) fail(`the header lacks the column ${missing}; begin the file with path,label`);
  const twice = header.find((column, i) => header.indexOf(column) !== i);
  if (twice !== undefined) fail(`the column ${twice} is there twice; remove one`);
  for (const { line, cells } of rows) {
    if (cells.length !== header.length) {
      throw new SelvedgeError(
        'bad-data',
        `${name}, line ${line}: it has ${cells.length} cells, but the header ${header.length}; put a cell that holds a comma in double quotes.`,
      );
    }
    yield { line, value: Object.fromEntries(header.map((column, i) => [column, cells[i]!])) };
  }
}

function* jsonObjects(text: string, name: string): Generator<Listed> {
  for (const [i, content] of text.split('\n').entries()) {
    if (content.trim() === '') continue;
    const line = i + 1;
    let value: unknown;
    try {
      value = JSON.parse(content);
    } catch (cause) {
      throw new SelvedgeError(
        'bad-data',
        `${name}, line ${line}: it is not valid JSON; write one object on each line.`,
        {
          cause,
        },
      );
    }
    yield { line, value };
  }
}

function readEntry(value: unknown, where: string): ManifestEntry {
  const parsed = entrySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SelvedgeError('bad-data', `${where}: ${problemOf(issue!)}.`);
}

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    return `'${key!.slice(0, longest)}' is no key of a picture${meant(key!, columns)}`;
  }
  if (issue.path.length === 0) return 'it is no object; write {"path": "a.jpg", "label": "shirt"}';
  return `the ${issue.path[0] as string} ${issue.message}`;
}

function meant(word: string, known: readonly string[]): string {
  const similar = mostSimilar(word, known);
  return similar === undefined ? '' : ` (did you mean ${similar}?)`;
}
