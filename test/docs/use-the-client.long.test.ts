import { expect, it } from 'vitest'
import { at, type Block, blocksOf, readPages } from './pages.ts'
import { type ShellSession, shellSession } from './shell-session.ts'
import { follow } from './snippets.ts'

const PAGE = 'docs/how-to/use-the-client.md'
const APPROVE = 'approve'
const DENY = 'deny --reason "not this one"'
/** A denial sticks, so that the second agent, which asks for the same, hears of it without anybody. */
const DECISIONS = [[APPROVE, DENY], [APPROVE]]

const startsAgent = ({ text }: Block): boolean => /^(node|npx tsx) agent\.\w+$/m.test(text)

async function decideNext(session: ShellSession, decision: string): Promise<void> {
  const waiting = `holdpoint approvals --json | grep -o '"id":"[^"]*"' | head -1 | cut -d'"' -f4`
  const ran = await session.run(`until id=$(${waiting}) && [ -n "$id" ]; do sleep 0.1; done
holdpoint ${decision} $id\n`)
  expect([ran.code, ran.output]).toEqual([0, expect.stringContaining('✓')])
}

it('the page on one’s own project works from an empty folder on, with what a registry has', async () => {
  const page = readPages().find(({ path }) => path === PAGE)
  if (!page) throw new Error(`${PAGE} is missing`)
  await using session = await shellSession()
  const decisions = [...DECISIONS]
  for (const block of blocksOf(page).filter(({ language }) => language === 'sh')) {
    const runs: Block = { ...block, notRun: undefined, words: block.notRun ? [] : block.words }
    const steps: Block[] = startsAgent(block) ? [{ ...runs, words: ['background', 'until=held'] }] : [runs]
    await follow(session, steps).catch((error: Error) => {
      throw new Error(`${at(block)}: ${error.message}`)
    })
    if (!startsAgent(block)) continue
    for (const decision of decisions.shift() ?? []) await decideNext(session, decision)
    await follow(session, [
      { ...runs, language: 'text', words: ['log'], text: '…\nsent\nnot sent: not this one\n' },
    ])
  }
  expect(decisions).toEqual([])
})
