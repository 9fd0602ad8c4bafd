import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'
import { FONTS, makeFonts } from './fonts.ts'

const PAGE = fileURLToPath(new URL('../server/dist/console', import.meta.url))

/** The server sends what was compressed once, here, instead of compressing at each request. */
const compressed: Plugin = {
  name: 'holdpoint:gzip',
  closeBundle() {
    for (const name of readdirSync(PAGE, { recursive: true }).map(String))
      if (/\.(html|js|css|svg|webmanifest)$/.test(name)) {
        const path = join(PAGE, name)
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }))
      }
  },
}

await makeFonts()

/** Bundles the page into the server's `dist`, from where it is served at `/`. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [compressed],
  resolve: { alias: { 'holdpoint-fonts': FONTS } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: PAGE,
    emptyOutDir: true,
    target: 'es2022',
    // a file in a data: address would need a laxer content security policy
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})
