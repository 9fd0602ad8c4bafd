import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import subsetFont from 'subset-font'

/** Where the page's fonts lie once they were made; `holdpoint-fonts/` in a style sheet. */
export const FONTS = fileURLToPath(new URL('node_modules/.cache/fonts', import.meta.url))

const ASCII = Array.from({ length: 95 }, (_, at) => String.fromCharCode(0x20 + at)).join('')
const WRITING = '·–—‘’“”…←→✕×±ÄÖÜäöüßàáâãåæçèéêëìíîïñòóôõøùúûý€£°'

interface Font {
  readonly name: string
  readonly from: string
  readonly text: string
  /** One alone takes little more than half of what several take. */
  readonly weights: number | { readonly min: number; readonly max: number }
  readonly features: string[]
}

/** The letters that people and programs mostly write; others come from the reader's own fonts. */
const ALL: readonly Font[] = [
  {
    name: 'sans',
    from: '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
    text: ASCII + WRITING,
    weights: { min: 400, max: 700 },
    // cv05, cv08 and ss03 draw l, I and 1 so that nobody takes one for another; what pairs of letters have between them is a sixth of
    // the file, and hardly seen at the sizes of the page
    features: ['cv05', 'cv08', 'ss03', 'tnum'],
  },
  {
    name: 'mono',
    from: '@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2',
    text: ASCII,
    weights: 450,
    // no ligatures: each character of the arguments is drawn as itself
    features: [],
  },
]

/** Makes the fonts of the page: without what it never draws they are a third as large. */
export async function makeFonts(): Promise<void> {
  const { resolve } = createRequire(import.meta.url)
  mkdirSync(FONTS, { recursive: true })
  for (const { name, from, text, weights, features } of ALL) {
    const whole = readFileSync(resolve(from))
    const options = {
      targetFormat: 'woff2',
      variationAxes: { wght: weights },
      keepFeatures: features,
    } as const
    writeFileSync(`${FONTS}/${name}.woff2`, await subsetFont(whole, text, options))
  }
}
