import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { blocksOf, type Page, ROOT, readPages } from './pages.ts'

const pages = readPages()

describe('the pages of the documentation', () => {
  it('link to what is there', () => {
    expect(pages.flatMap(brokenLinks)).toEqual([])
  })

  it('are each reachable from the README', () => {
    const reached = new Set(['README.md'])
    for (const path of reached)
      for (const { file } of linksOf(pages.find((page) => page.path === path)))
        if (file.endsWith('.md')) reached.add(file)
    expect(pages.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([])
  })

  it('that are written from the sources are up to date', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/docs.mjs', '--check'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
  })

  it('show the example agent as it is', () => {
    const readme = pages.find(({ path }) => path === 'README.md') as Page
    const hello = readFileSync(join(ROOT, 'examples/src/hello.ts'), 'utf8')
    expect(blocksOf(readme).find(({ language }) => language === 'ts')?.text).toBe(hello)
  })

  it('name a test for each rule that is built, which names the rule, and none that is not', () => {
    const rules = pages.find(({ path }) => path === 'docs/explanation/rules.md')?.text ?? ''
    const items = rules.split(/^(?=- \*\*[A-Z]{2}\d+\*\*)/m).slice(1)
    expect(items.length).toBeGreaterThan(40)
    const proved = new Set(readTests().flatMap((text) => [...idsNamed(text)]))
    expect(items.flatMap((item) => unprovedRule(item, proved))).toEqual([])
  })
})

interface Link {
  readonly target: string
  /** Below the root. */
  readonly file: string
  readonly anchor: string | undefined
}

/** Links to places outside are left to their owners. */
function linksOf(page: Page | undefined): readonly Link[] {
  if (!page) return []
  const prose = page.text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '').replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return []
    const [path = '', anchor] = target.split('#', 2)
    return [{ target, file: path === '' ? page.path : normalize(join(dirname(page.path), path)), anchor }]
  })
}

const brokenLinks = (page: Page): readonly string[] =>
  linksOf(page).flatMap(({ target, file, anchor }) => {
    const path = join(ROOT, file)
    if (!existsSync(path)) return [`${page.path}: ${target}`]
    if (anchor === undefined || statSync(path).isDirectory()) return []
    return anchorsOf(readFileSync(path, 'utf8')).has(anchor) ? [] : [`${page.path}: ${target}`]
  })

/** As the common Markdown renderers make them out of headings. */
const anchorsOf = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )

function unprovedRule(item: string, proved: ReadonlySet<string>): readonly string[] {
  const id = /\*\*([A-Z]{2}\d+)\*\*/.exec(item)?.[1] ?? ''
  const proofs = [...item.matchAll(/`([\w./-]+(?:\.test\.tsx?|-contract\.ts))`/g)].map(
    ([, path = '']) => path,
  )
  if (proofs.length === 0) {
    if (!/not built/i.test(item)) return [`${id} names no test`]
    return proved.has(id) ? [`${id} is built: a test names it`] : []
  }
  return proofs.flatMap((path) => {
    if (!existsSync(join(ROOT, path))) return [`${id}: ${path} is missing`]
    const named = idsNamed(readFileSync(join(ROOT, path), 'utf8'))
    return named.has(id) ? [] : [`${id}: ${path} does not name it`]
  })
}

/** The rules that a test file says it proves: `[AP3] …`, `[AP3, AP9] …`. */
const idsNamed = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/\[([A-Z]{2}\d+[^\]]*)\]/g)].flatMap(([, ids = '']) => ids.split(/[^A-Z0-9]+/)))

/** The text of every test of the repository, these apart: their examples name rules too. */
function readTests(): readonly string[] {
  const folders = ['shared/src', 'server/src', 'client-sdk/src', 'cli/src', 'examples/src', 'test']
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true })
      .map((path) => join(folder, String(path)))
      .filter((path) => /(\.test\.tsx?|-contract\.ts)$/.test(path))
      .filter((path) => !/node_modules|^test\/(docs|dist)/.test(path))
      .map((path) => readFileSync(join(ROOT, path), 'utf8')),
  )
}
