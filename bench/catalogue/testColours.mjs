// Named colours by which the colour tags are judged: sRGB values and names that others published. The palette's names stand beside
// them as the name says; a colour whose name stands between two of the palette has both.

const pairs = (text) =>
  text
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [names, colours] = line.split(':');
      return colours.split(',').map((colour) => {
        const words = colour.trim().split(' ');
        return { called: words.slice(0, -1).join(' '), hex: words.at(-1), names: names.trim().split('|') };
      });
    });

/** Colours of CSS (CSS Color Module Level 4, section 6.1), on which the rules were developed. */
export const cssColours = pairs(`
black: black 000000
grey: dimgray 696969, gray 808080, darkgray a9a9a9, silver c0c0c0, lightgray d3d3d3, slategray 708090
white: white ffffff, snow fffafa, whitesmoke f5f5f5, ghostwhite f8f8ff
white|beige: ivory fffff0, floralwhite fffaf0, linen faf0e6, oldlace fdf5e6, seashell fff5ee
beige: beige f5f5dc, antiquewhite faebd7, blanchedalmond ffebcd, bisque ffe4c4, wheat f5deb3
beige|brown: tan d2b48c, burlywood deb887
brown: saddlebrown 8b4513, sienna a0522d
brown|orange: peru cd853f, chocolate d2691e
brown|red: brown a52a2a
red: red ff0000, crimson dc143c, firebrick b22222, indianred cd5c5c
red|orange: orangered ff4500, tomato ff6347
red|burgundy: darkred 8b0000, maroon 800000
orange: orange ffa500, darkorange ff8c00
orange|pink: coral ff7f50, lightsalmon ffa07a
pink: pink ffc0cb, lightpink ffb6c1, hotpink ff69b4, deeppink ff1493, palevioletred db7093
pink|red: lightcoral f08080, salmon fa8072
pink|purple: mediumvioletred c71585, fuchsia ff00ff, orchid da70d6
purple: purple 800080, indigo 4b0082, blueviolet 8a2be2, darkorchid 9932cc, mediumpurple 9370db, rebeccapurple 663399, violet ee82ee, plum dda0dd, darkviolet 9400d3
navy: navy 000080, midnightblue 191970
navy|blue: darkblue 00008b
blue: blue 0000ff, mediumblue 0000cd, royalblue 4169e1, dodgerblue 1e90ff, steelblue 4682b4, cornflowerblue 6495ed
light blue: lightblue add8e6, skyblue 87ceeb, lightskyblue 87cefa, powderblue b0e0e6, lightsteelblue b0c4de
light blue|blue: deepskyblue 00bfff
turquoise: turquoise 40e0d0, mediumturquoise 48d1cc, darkturquoise 00ced1, lightseagreen 20b2aa, teal 008080, aqua 00ffff
turquoise|green: aquamarine 7fffd4, mediumaquamarine 66cdaa
green: green 008000, darkgreen 006400, forestgreen 228b22, limegreen 32cd32, lime 00ff00, seagreen 2e8b57, mediumseagreen 3cb371, springgreen 00ff7f, lightgreen 90ee90, palegreen 98fb98
green|yellow: greenyellow adff2f
olive: olive 808000, darkolivegreen 556b2f
olive|green: olivedrab 6b8e23
yellow: yellow ffff00, gold ffd700
yellow|orange: goldenrod daa520
yellow|beige: khaki f0e68c
`);

/** Colours of the survey of the web comic xkcd (2010): medians of what people called so. Only evaluated on. */
export const surveyColours = pairs(`
black: black 000000
grey: grey 929591, dark grey 363737, light grey d8dcd6, medium grey 7d7f7c
white: white ffffff
beige: beige e6daa6
beige|brown: tan d1b26f
beige|yellow: sand e2ca76, cream ffffc2
brown: brown 653700, dark brown 341c02, chocolate brown 411900, reddish brown 7f2b0a
brown|beige: light brown ad8150
red: red e50000, bright red ff000d
red|burgundy: dark red 840000, crimson 8c000f
red|pink: light red ff474c
burgundy: burgundy 610023, wine 80013f
burgundy|red: maroon 650021
pink: pink ff81c0, light pink ffd1df, hot pink ff028d, dark pink cb416b, rose cf6275, bright pink fe01b1
pink|purple: magenta c20078
pink|orange: salmon ff796c
purple: purple 7e1e9c, dark purple 35063e, light purple bf77f6, violet 9a0eea, indigo 380282, lavender c79fef, lilac cea2fd, bright purple be03fd, royal purple 4b006e
navy: navy 01153e, navy blue 001146
navy|blue: dark blue 00035b
blue: blue 0343df, royal blue 0504aa, bright blue 0165fc, cerulean 0485d1
blue|grey: grey blue 6b8ba4
light blue: light blue 95d0fc, sky blue 75bbfd, baby blue a2cffe, pale blue d0fefe
turquoise: turquoise 06c2ac, teal 029386, aqua 13eac9, cyan 00ffff, dark teal 014d4e, light teal 90e4c1
turquoise|green: aquamarine 04d8b2, blue green 137e6d
green: green 15b01a, dark green 033500, light green 96f97b, forest green 06470c, grass green 3f9b0b, bright green 01ff07, hunter green 0b4008, mint green 8fff9f, lime green 89fe05
olive: olive 6e750e, olive green 677a04, army green 4b5d16
yellow: yellow ffff14, light yellow fffe7a, dark yellow d5b60a, mustard yellow d2bd0a, pale yellow ffff84
yellow|orange: golden yellow fec615
orange: orange f97306, dark orange c65102, burnt orange c04e01, light orange fdaa48
orange|beige: peach ffb07c
`);
