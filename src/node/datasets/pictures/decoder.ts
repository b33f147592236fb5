import sharp from 'sharp';

const named = {
  sharp: 'sharp',
  vips: 'libvips',
  mozjpeg: 'mozjpeg',
  png: 'libpng',
  webp: 'libwebp',
  lcms: 'Little CMS',
} as const;

/** The versions of the libraries that decode pictures: other ones may decode other pixels. */
export const decoderVersions: string = Object.entries(named)
  .flatMap(([key, name]) => {
    const version = (sharp.versions as Readonly<Record<string, string | undefined>>)[key];
    return version === undefined ? [] : [`${name} ${version}`];
  })
  .join(', ');
