import { describe, expect, it } from 'vitest'
import { blocksOf } from './pages.ts'
import { shellSession } from './shell-session.ts'
import { follow, problemWithJson, typeErrors } from './snippets.ts'

/** A page made of fenced blocks, each an info string and a text. */
const blocks = (...fences: readonly (readonly [string, string])[]) =>
  blocksOf({
    path: 'page.md',
    text: fences.map(([info, text]) => `\`\`\`${info}\n${text}\n\`\`\``).join('\n\n'),
  })

async function followed(...fences: readonly (readonly [string, string])[]): Promise<void> {
  await using session = await shellSession()
  await follow(session, blocks(...fences))
}

describe('what checks the pages', () => {
  it('finds output that the page shows otherwise', async () => {
    await followed(['sh', 'echo one; echo two'], ['text output', 'one\ntwo'])
    await expect(followed(['sh', 'echo one'], ['text output', 'two'])).rejects.toThrow('The page shows')
    await expect(followed(['sh', 'echo one; echo two'], ['text output', 'one'])).rejects.toThrow(
      'The page shows',
    )
    await expect(followed(['console', '$ echo one\ntwo'])).rejects.toThrow('The page shows')
  })

  it('lets ids, times and left-out lines differ, and nothing else', async () => {
    const shown = 'ID        LEFT\n00000000  59m 01s\n…\nlast'
    await followed(['sh', 'printf "ID  LEFT\\nabcdef12  4s\\nmore\\nmore\\nlast\\n"'], ['text output', shown])
    await expect(
      followed(['sh', 'printf "ID  LEFT\\nabcdef12  4s\\nlast one\\n"'], ['text output', shown]),
    ).rejects.toThrow('The page shows')
  })

  it('finds a command that ends otherwise than the page says', async () => {
    await followed(['sh exit=3', '(exit 3)'])
    await expect(followed(['sh', 'false'])).rejects.toThrow('It ended with 1, not 0')
    await expect(followed(['sh exit=3', 'true'])).rejects.toThrow('It ended with 0, not 3')
  })

  it('finds a command that fails in the middle of a block', async () => {
    await expect(followed(['sh', 'false\ntrue'])).rejects.toThrow('It ended with 1')
  })

  it('hands files, aliases and variables from block to block, and listed ids to the next command', async () => {
    await followed(
      ['js file=told.mjs', 'console.log(process.env.TOLD)'],
      ['sh', 'export TOLD=yes\nalias tell="node told.mjs"'],
      ['sh', 'tell'],
      ['text output', 'yes'],
      ['sh', 'printf "ID  LEFT\\nabcdef12  4s\\n"'],
      ['sh', 'test <id> = abcdef12'],
    )
  })

  it('finds JSON that is no such request', () => {
    const problem = (info: string, text: string) => blocks([info, text]).map(problemWithJson)
    expect(problem('json lease.renew', '{ "epoch": "1.1", "after": 0 }')).toEqual([undefined])
    expect(problem('json lease.renew', '{ "epoch": "1.1" }')).toEqual([expect.stringContaining('after')])
    expect(problem('json no.such', '{}')).toEqual(['"no.such" names no request'])
  })

  it('finds type errors, each in its own snippet', () => {
    const good = 'import { AgentClient } from "@holdpoint/client"\nexport const made = AgentClient'
    const bad = 'import { AgentClient } from "@holdpoint/client"\nnew AgentClient({ token: 7 })'
    expect(typeErrors(blocks(['ts', good]))).toEqual([])
    expect(typeErrors(blocks(['ts', good], ['ts', bad]))).toEqual([expect.stringContaining('page.md:')])
  })

  it('finds a block that is not closed', () => {
    expect(() => blocksOf({ path: 'page.md', text: '```sh\ntrue\n' })).toThrow('not closed')
  })
})
