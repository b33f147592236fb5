import { basename, extname } from 'node:path';
import { encodePng } from '../../core/formats/png.ts';
import { buildNetwork } from '../../core/graph/network.ts';
import type { ImageSource } from '../../core/inspection/record.ts';
import { enlarged, mapSheet, mapsOf, type PalettePicture, palettePng } from '../../views/inspection/maps/mapPicture.ts';
import { reportLayers } from '../../views/inspection/maps/reportLayers.ts';
import type { InspectionPageData } from '../../views/inspection/pageData.ts';

/** Edge length, in pixels, to which feature maps and attribution maps are enlarged. */
const edges = { maps: 28, why: 112 } as const;
const gap = 1;

/** The pictures of a report as PNG files, by name: each image's feature maps by layer and attribution maps, and the filters. */
export function inspectionPictures(data: InspectionPageData): Record<string, Uint8Array> {
  const { record, activations, pictures, filters } = data;
  const files: Record<string, Uint8Array> = {};
  const sheet = (picture: PalettePicture, edge: number, mapEdge: number) =>
    palettePng(enlarged(picture, Math.max(1, Math.round(edge / mapEdge))));
  const layers = reportLayers(record);
  for (const [i, { source }] of record.images.entries()) {
    const stem = stemOf(source, i);
    files[`${stem}.png`] = encodePng(pictures[i]!);
    for (const [n, { name, shape, signed, columns }] of layers.entries()) {
      const values = activations[i]!.layers.get(name);
      if (!values || n === 0) continue;
      const maps = mapsOf(values, shape);
      const picture = mapSheet(maps, { signed, scale: 'map', columns, gap });
      files[`${stem}-maps-${twoDigits(n)}-${plain(name)}.png`] = sheet(
        picture,
        edges.maps,
        shape.length === 3 ? shape[0]! : 4,
      );
    }
  }
  for (const { image, maps } of record.explanations) {
    const { height, width } = pictures[image]!;
    for (const { method, layer, values } of maps) {
      const picture = mapSheet({ values, height, width, maps: 1 }, { signed: true, scale: 'map', columns: 1 });
      const place = layer === null ? method : `${method}-${plain(layer)}`;
      files[`${stemOf(record.images[image]!.source, image)}-why-${place}.png`] = sheet(picture, edges.why, height);
    }
  }
  for (const { name, parameters } of buildNetwork(record.model.spec).layers) {
    const values = filters.get(name);
    if (!values) continue;
    // A row for each input channel, a column for each filter.
    const [R, S, C, K] = parameters[0]!.shape as [number, number, number, number];
    const maps = { values, height: R, width: S, maps: C * K };
    files[`filters-${plain(name)}.png`] = palettePng(
      enlarged(mapSheet(maps, { signed: true, scale: 'layer', columns: K, gap }), 4),
    );
  }
  return files;
}

function stemOf(source: ImageSource, place: number): string {
  if (source.kind === 'test') return `test-${source.index}`;
  return `file-${place + 1}-${plain(basename(source.name, extname(source.name)))}`;
}

/** Replaces all but letters, digits, dots, dashes and underscores: names of layers may hold any character. */
function plain(name: string): string {
  return name.replace(/[^\w.-]/gu, '_');
}

function twoDigits(n: number): string {
  return String(n).padStart(2, '0');
}
