import { points } from '../../src/core/evaluation/outOfDistribution/drawings/canvas.ts';
import { type Glyph, glyph } from '../../src/core/evaluation/outOfDistribution/drawings/glyphs.ts';
import { drawHandwriting } from '../../src/core/evaluation/outOfDistribution/drawings/handwriting.ts';
import { drawIcon, type Icon, ring } from '../../src/core/evaluation/outOfDistribution/drawings/icons.ts';
import type { DrawingKind } from '../../src/core/evaluation/outOfDistribution/drawings/kinds.ts';
import { drawPhoto } from '../../src/core/evaluation/outOfDistribution/drawings/photos.ts';
import { developmentObjects } from './developmentObjects.ts';

/** Ways people write some letters, none of which is a digit. */
const letters: readonly (readonly Glyph[])[] = [
  ['4,100 48,0 92,100 | 22,64 76,64', '78,34 40,28 14,60 30,96 62,92 80,60 | 80,30 80,72 92,98'],
  ['16,0 16,100 | 16,4 62,6 68,36 20,48 | 20,48 78,56 76,92 16,98', '18,0 18,96 | 20,62 54,46 80,68 66,96 18,92'],
  ['86,16 52,2 16,32 18,74 52,98 88,82', '80,30 44,22 18,56 40,94 82,82'],
  ['18,2 18,98 | 18,2 72,14 88,52 66,90 18,98', '76,0 78,98 | 78,58 44,44 18,70 40,98 78,84'],
  ['82,4 18,4 18,98 86,96 | 18,50 70,48', '18,58 82,54 64,22 26,30 16,70 46,98 82,84'],
  ['84,4 20,4 18,98 | 20,48 70,46', '72,8 48,4 40,40 38,100 | 16,44 66,42'],
  ['84,18 48,2 16,40 28,88 66,96 84,66 | 84,62 54,60', '78,28 44,20 22,46 48,64 78,34 | 80,26 78,80 48,100 18,90'],
  ['16,0 16,100 | 84,0 84,100 | 16,50 84,50', '20,0 20,100 | 20,60 50,40 76,56 78,100'],
  ['18,0 18,100 | 82,2 20,54 | 34,46 86,100', '22,0 22,100 | 74,38 24,68 78,100'],
  ['6,100 16,2 50,66 84,2 94,100', '8,100 10,34 | 12,50 34,32 48,54 48,100 | 48,52 72,32 88,54 90,100'],
  ['14,100 16,0 84,100 86,0', '18,100 18,34 | 18,56 52,32 78,54 80,100'],
  ['16,100 18,0 70,6 78,30 58,50 18,52', '20,22 20,100 | 20,40 58,24 80,48 60,74 20,66'],
  ['16,100 18,0 66,4 76,28 52,48 18,50 | 40,50 86,100', '22,34 24,100 | 24,58 46,36 78,34'],
  ['6,6 94,4 | 50,6 50,100', '50,0 48,80 76,98 | 22,34 78,32'],
  ['14,0 16,66 40,98 74,86 86,50 86,0', '16,30 18,78 46,98 76,70 | 78,30 80,98'],
  ['6,0 26,100 50,36 74,100 94,0', '6,30 26,96 50,40 72,96 94,30'],
  ['10,0 90,100 | 88,0 12,100', '14,30 84,98 | 84,30 12,98'],
  ['8,0 50,48 | 92,0 50,48 48,100', '12,26 46,70 | 86,26 28,100'],
].map((ways) => ways.map(glyph));

/** The shapes on which the in-distribution score was chosen. */
const developmentIcons: readonly Icon[] = [
  { filled: [points('0,-100 95,-31 59,81 -59,81 -95,-31')] },
  { filled: [points('0,-90 100,80 -100,80')] },
  { filled: [points('-90,-90 90,-90 90,90 -90,90')], cut: [points('-50,-50 50,-50 50,50 -50,50')] },
  { filled: [ring(1)], cut: [ring(0.55)] },
  { filled: [points('-30,-100 30,-100 30,-30 100,-30 100,30 30,30 30,100 -30,100 -30,30 -100,30 -100,-30 -30,-30')] },
];

/**
 * The kinds on which the in-distribution score was chosen, for the next choice; they share no object, symbol or character with the
 * kinds on which it is measured.
 */
export const developmentKinds: readonly DrawingKind[] = [
  {
    name: 'handwrittenLetters',
    description: 'letters as hands write them, fitted and centred as in MNIST',
    draw: (random) => drawHandwriting(letters, random),
  },
  {
    name: 'otherConvertedPhotos',
    description: 'drawn photos of bottles, leaves, faces, houses, lamps and fish, converted as photos are',
    draw: (random) => drawPhoto(developmentObjects, random),
  },
  {
    name: 'shapes',
    description: 'polygons, rings and crosses, filled or in outline',
    draw: (random) => drawIcon(developmentIcons, random),
  },
];
