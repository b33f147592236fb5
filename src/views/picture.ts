import type { PixelImage } from '../core/data/images.ts';
import { encodePng } from '../core/formats/png.ts';
import { type Html, html } from './html.ts';

/** A picture with enlarged, unblurred pixels. `kind` are more classes. */
export function picture(image: PixelImage, alt: string, kind = ''): Html {
  return html`<img class="${kind === '' ? 'pixels' : `pixels ${kind}`}" src="${pngDataUri(image)}" width="${image.width}" height="${image.height}" alt="${alt}">`;
}

/** The picture as a `data:` address that holds a PNG, so that a page needs no other file. */
export function pngDataUri(image: PixelImage): string {
  return `data:image/png;base64,${base64(encodePng(image))}`;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** RFC 4648, section 4. By hand, because `btoa` and `Buffer` each belong to one platform. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += alphabet[group >> 18]! + alphabet[(group >> 12) & 63]!;
    text += i + 1 < bytes.length ? alphabet[(group >> 6) & 63]! : '=';
    text += i + 2 < bytes.length ? alphabet[group & 63]! : '=';
  }
  return text;
}
