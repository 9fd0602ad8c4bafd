import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** One built file of the web console, whole, with its type and, where the build made one, its gzip form. */
interface PageFile {
  readonly path: string
  readonly type: string
  readonly bytes: Buffer
  readonly gzip: Buffer | undefined
  readonly etag: string
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
}

/**
 * What an agent wrote ends up on this page, so the page may run and load nothing but its own files: no inline script
 * or style, no `eval`, no other host, no form target, no frame, no assignment of a text where markup is meant.
 */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'x-frame-options': 'DENY',
} as const

/** The files of the built console; empty where it was not built, which leaves everything else at work. */
export async function readConsolePage(folder: string): Promise<readonly PageFile[]> {
  const names: readonly string[] = await readdir(folder, { recursive: true }).catch(() => [])
  const files = names.filter((name) => extname(name) in TYPES)
  return Promise.all(
    files.map(async (name) => {
      const bytes = await readFile(join(folder, name))
      const path = `/${name.split(sep).join('/')}`
      return {
        path: path === '/index.html' ? '/' : path,
        type: TYPES[extname(name)] ?? '',
        bytes,
        gzip: names.includes(`${name}.gz`) ? await readFile(join(folder, `${name}.gz`)) : undefined,
        etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
      }
    }),
  )
}

/** Serves the console at `/`. Files under `/assets/` carry a hash of what they hold in their names and never change. */
export function registerConsolePage(app: FastifyInstance, files: readonly PageFile[]): void {
  for (const file of files)
    app.get(file.path, async (request: FastifyRequest, reply: FastifyReply) => {
      const isForever = file.path.startsWith('/assets/')
      reply.headers(HEADERS).headers({
        'cache-control': isForever ? 'public, max-age=31536000, immutable' : 'no-cache',
        vary: 'accept-encoding',
        etag: file.etag,
      })
      if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
      reply.type(file.type)
      if (!file.gzip || !/\bgzip\b/.test(request.headers['accept-encoding'] ?? ''))
        return reply.send(file.bytes)
      return reply.header('content-encoding', 'gzip').send(file.gzip)
    })
}
