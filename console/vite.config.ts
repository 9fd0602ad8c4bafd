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

/**
 * Methods that are never called, for what would call them is switched off: by `webSocketOnly` (no transport to upgrade to), by
 * `textOnly`, and by how the client dials (it reconnects itself, resends itself, and listens to nothing that goes out).
 */
const UNCALLED: Readonly<Record<string, readonly string[]>> = {
  'engine.io-client/build/esm/socket.js': ['_probe', 'send'],
  'socket.io-client/build/esm/manager.js': ['maybeReconnectOnOpen', 'reconnect', 'onreconnect'],
  'socket.io-client/build/esm/socket.js': [
    'send',
    '_addToQueue',
    '_drainQueue',
    'emitWithAck',
    'compress',
    'timeout',
    'listenersAny',
    'listenersAnyOutgoing',
    'prependAny',
    'prependAnyOutgoing',
    'onAnyOutgoing',
    'offAnyOutgoing',
    'notifyOutgoingListeners',
  ],
  'socket.io-parser/build/esm/index.js': ['encodeAsBinary', 'takeBinaryData', 'finishedReconstruction'],
}

/** Empties them; an update of theirs that has another shape ends the build. */
const uncalled: Plugin = {
  name: 'holdpoint:uncalled',
  transform: {
    filter: {
      id: /(?:engine\.io-client|socket\.io-(?:client|parser))\/build\/esm\/(?:socket|manager|index)\.js$/,
    },
    handler: (code, id) => {
      const methods = Object.entries(UNCALLED).find(([file]) => id.endsWith(file))?.[1] ?? []
      return methods.reduce((rest, name) => {
        const body = new RegExp(`(\\n    ${name}\\([^)]*\\) \\{)\\n[^]*?(\\n    \\}\\n)`)
        if (!body.test(rest)) throw new Error(`${id} has no method ${name}`)
        return rest.replace(body, '$1$2')
      }, code)
    },
  },
}

/**
 * A code says an address with small letters, as bytes, and is drawn as small as can be, of the least level of correction: the
 * first of each table's four rows.
 */
const plainCode: Plugin = {
  name: 'holdpoint:plain-code',
  transform: {
    filter: { id: /\/uqr\/dist\/index\.mjs$/ },
    handler: (code) => {
      const others = /(\n {2}\/\/ Low)(?:\n {2}\[[-\d, ]+\],?\n {2}\/\/ (?:Medium|Quartile|High)){3}/g
      const shorter = /(?:isNumeric|isAlphanumeric)\(text\)\)\n {4}return \[\w+\(text\)\]/g
      if (code.match(others)?.length !== 2 || code.match(shorter)?.length !== 2)
        throw new Error('uqr looks other than it did')
      return code.replace(others, '$1').replace(shorter, 'false) return []')
    },
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
  plugins: [webSocketOnly, textOnly, uncalled, plainCode, noPreload, compressed],
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
