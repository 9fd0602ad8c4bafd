import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** One Markdown page, by its path below the root. */
export interface Page {
  readonly path: string
  readonly text: string
}

/** A fenced block. The info string is a language and then words for the tests: `sh background until=listens`. */
export interface Block {
  readonly page: string
  /** Of its fence, from 1. */
  readonly line: number
  readonly language: string
  readonly words: readonly string[]
  /** Why it can not be run, where the info string says `not-run: …`. */
  readonly notRun: string | undefined
  readonly text: string
}

/** Every page of the documentation. */
export function readPages(): readonly Page[] {
  const below = readdirSync(join(ROOT, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
  const atRoot = readdirSync(ROOT).filter((name) => name.endsWith('.md'))
  return [...atRoot, ...below].sort().map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

const FENCE = /^( *)(`{3,})(.*)$/

/** The fenced blocks of a page, in order. Throws where one is not closed. */
export function blocksOf({ path, text }: Page): readonly Block[] {
  const blocks: Block[] = []
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent = '', fence = '', info = ''] = FENCE.exec(lines[at] ?? '') ?? []
    if (fence === '') continue
    const end = lines.findIndex((line, i) => i > at && line.trim() === fence)
    if (end < 0) throw new Error(`${path}:${at + 1}: the block is not closed`)
    const [language = '', ...words] = info.trim().split(/\s+/)
    const notRun = /\bnot-run: (.+)$/.exec(info)?.[1]
    const body = lines.slice(at + 1, end).map((line) => line.slice(Math.min(indent.length, leading(line))))
    blocks.push({ page: path, line: at + 1, language, words, notRun, text: `${body.join('\n')}\n` })
    at = end
  }
  return blocks
}

const leading = (line: string): number => line.length - line.trimStart().length

/** The value of a word like `file=agent.mjs`. */
export const wordOf = ({ words }: Block, name: string): string | undefined =>
  words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)

export const at = ({ page, line }: Block): string => `${page}:${line}`
