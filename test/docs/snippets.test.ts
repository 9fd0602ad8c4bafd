import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { at, type Block, blocksOf, readPages } from './pages.ts'
import { shellSession } from './shell-session.ts'
import { follow, LANGUAGES, problemWithJson, typeErrors } from './snippets.ts'

const pages = readPages()
const all = pages.flatMap(blocksOf)
const of = (language: string, blocks: readonly Block[] = all): readonly Block[] =>
  blocks.filter((block) => block.language === language && block.notRun === undefined)

/** It shares its cores with other pages and with the crash test. */
const PAGE_MS = 240_000

describe('every fenced block of the documentation', () => {
  it('is in a language that is checked', () => {
    expect(all.filter(({ language }) => !LANGUAGES.includes(language)).map(at)).toEqual([])
  })

  it('runs, or says why it can not', () => {
    const reasons = all.filter(({ notRun }) => notRun !== undefined).map(({ page, notRun }) => [page, notRun])
    expect(reasons).toMatchInlineSnapshot(`
      [
        [
          "CONTRIBUTING.md",
          "they are what runs this very test",
        ],
        [
          "CONTRIBUTING.md",
          "it writes into the sources",
        ],
        [
          "README.md",
          "both install what is missing, which a test must not do",
        ],
        [
          "README.md",
          "cloning and building is what comes before every test",
        ],
        [
          "docs/how-to/back-up-and-restore.md",
          "stops a cluster, which this page has none of",
        ],
        [
          "docs/how-to/back-up-and-restore.md",
          "stops a cluster, which this page has none of",
        ],
        [
          "docs/how-to/get-paged.md",
          "it would tell somebody",
        ],
        [
          "docs/how-to/keep-agents-apart.md",
          "makes users of the machine, as root",
        ],
        [
          "docs/how-to/keep-agents-apart.md",
          "needs the users made above",
        ],
        [
          "docs/how-to/keep-agents-apart.md",
          "needs the users made above",
        ],
        [
          "docs/how-to/run-several-nodes.md",
          "needs a Docker daemon",
        ],
        [
          "docs/how-to/run-several-nodes.md",
          "needs a Docker daemon",
        ],
        [
          "docs/how-to/run-several-nodes.md",
          "took its time a moment ago, on the cluster that is gone by now",
        ],
        [
          "docs/how-to/run-several-nodes.md",
          "needs a Docker daemon",
        ],
        [
          "docs/how-to/run-under-docker-compose.md",
          "needs a Docker daemon",
        ],
        [
          "docs/how-to/run-under-docker-compose.md",
          "needs a Docker daemon",
        ],
        [
          "docs/how-to/run-under-docker-compose.md",
          "needs a Docker daemon",
        ],
        [
          "docs/how-to/run-under-docker-compose.md",
          "needs a Docker daemon",
        ],
        [
          "docs/how-to/use-the-client.md",
          "builds the clone, which a quick test must not do; test/docs/use-the-client.long.test.ts does what is left out here",
        ],
        [
          "docs/how-to/use-the-client.md",
          "needs a package registry for what the packages themselves need",
        ],
        [
          "docs/how-to/use-the-client.md",
          "needs what was installed above",
        ],
        [
          "docs/how-to/use-the-client.md",
          "needs a package registry",
        ],
        [
          "docs/how-to/use-the-client.md",
          "needs what was installed above",
        ],
        [
          "docs/how-to/use-the-client.md",
          "a line of an agent",
        ],
        [
          "docs/how-to/write-an-agent-in-python.md",
          "needs a package registry for Python",
        ],
        [
          "docs/tutorial/your-first-agent.md",
          "cloning and building is what comes before every test",
        ],
      ]
    `)
  })

  it('that is JSON is a request as the wire has it', () => {
    const problems = of('json').flatMap((block) => {
      const problem = problemWithJson(block)
      return problem === undefined ? [] : [`${at(block)}: ${problem}`]
    })
    expect(problems).toEqual([])
  })

  it('that is TypeScript has no type errors', () => {
    expect(typeErrors(of('ts').filter(({ words }) => !words.includes('generated')))).toEqual([])
  })

  it('that is YAML can be read', () => {
    for (const { text } of of('yaml')) expect(parse(text)).toBeTypeOf('object')
  })

  for (const page of pages) {
    const blocks = blocksOf(page)
    if (of('sh', blocks).length === 0) continue
    // each in a shell, a folder and on a port of its own, which mostly waits for what it started
    it.concurrent(`of ${page.path} does what the page says`, { timeout: PAGE_MS }, async () => {
      await using session = await shellSession()
      await follow(session, blocks)
    })
  }
})
