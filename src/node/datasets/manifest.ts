import { z } from 'zod';
import { fashionMnistClassNames } from '../../core/data/classNames.ts';
import { SelvedgeError } from '../../core/errors.ts';

/** The four IDX files of a data set, by the names that MNIST gave them. */
export const dataFileNames = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
] as const;

export type DataFileName = (typeof dataFileNames)[number];

const expectedFileSchema = z.object({
  bytes: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits'),
});
/** A file's length and SHA-256, uncompressed. */
export type ExpectedFile = Readonly<z.infer<typeof expectedFileSchema>>;

const manifestSchema = z.object({
  name: z.string().min(1),
  classNames: z.array(z.string().min(1)).min(2).max(256).readonly(),
  files: z.record(z.enum(dataFileNames), expectedFileSchema).readonly(),
});
/** A data set's name, its classes in label order, and its files. */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

/** The file in which a folder describes its own data set. */
export const manifestFileName = 'dataset.json';

/**
 * Fashion-MNIST since 31 August 2017, when duplicates were removed. The project publishes MD5s of its .gz files only;
 * these sums are of the contents, which every copy shares.
 *
 * @see H. Xiao, K. Rasul, R. Vollgraf, arXiv 1708.07747
 */
export const fashionMnist: Manifest = {
  name: 'Fashion-MNIST',
  classNames: fashionMnistClassNames,
  files: {
    'train-images-idx3-ubyte': {
      bytes: 47_040_016,
      sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    },
    'train-labels-idx1-ubyte': {
      bytes: 60_008,
      sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    },
    't10k-images-idx3-ubyte': {
      bytes: 7_840_016,
      sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    },
    't10k-labels-idx1-ubyte': {
      bytes: 10_008,
      sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
    },
  },
};

/**
 * Reads a folder's own description of its data set.
 *
 * @param path names the file in messages.
 * @throws SelvedgeError `bad-data` when the text is not JSON or a field is missing or wrong.
 */
export function parseManifest(text: string, path: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SelvedgeError('bad-data', `${path} is not valid JSON; correct it or remove it.`, { cause });
  }
  const result = manifestSchema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join('.') || 'the whole';
  throw new SelvedgeError(
    'bad-data',
    `${path} does not describe a data set (${field}: ${issue?.message}); correct it.`,
  );
}
