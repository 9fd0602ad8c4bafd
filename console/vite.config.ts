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

/** The page speaks WebSocket and nothing else: the other ways that the client knows would be carried for nothing. */
const webSocketOnly: Plugin = {
  name: 'holdpoint:websocket-only',
  transform: {
    filter: { id: /engine\.io-client\/build\/esm\/transports\// },
    handler: (code, id) => ({
      code: /\/index\.js$/.test(id)
        ? "import { WS } from './websocket.js'; export const transports = { websocket: WS }"
        : code,
      moduleSideEffects: false,
    }),
  },
}

/** Nor does it say or hear anything that is not text (ID4). */
const textOnly: Plugin = {
  name: 'holdpoint:text-only',
  load: {
    filter: { id: /socket\.io-parser\/build\/esm\/(?:is-)?binary\.js$/ },
    handler: (id) =>
      id.endsWith('is-binary.js')
        ? 'export const isBinary = () => false, hasBinary = isBinary'
        : 'export const deconstructPacket = (packet) => ({ packet, buffers: [] }), reconstructPacket = (packet) => packet',
  },
}

/** What comes later is one file without styles of its own: there is nothing to look for ahead of it. */
const noPreload: Plugin = {
  name: 'holdpoint:no-preload',
  enforce: 'pre',
  load: {
    filter: { id: /vite\/preload-helper\.js$/ },
    handler: () => 'export const __vitePreload = (load) => load()',
  },
}

await makeFonts()

/** Bundles the page into the server's `dist`, from where it is served at `/`. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [webSocketOnly, textOnly, noPreload, compressed],
  resolve: { alias: { 'holdpoint-fonts': FONTS } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: PAGE,
    emptyOutDir: true,
    target: 'es2022',
    // a file in a data: address would need a laxer content security policy
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
})
